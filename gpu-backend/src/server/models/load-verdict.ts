import { notFound, type StatusError, unavailable, type Version } from '@tensorfleet/core';
import type { ServableState } from '../../lifecycle/servable-state.ts';
import type { ModelState } from '../../repository/watched-model.ts';

/** What has become of something that should be served. */
export type Verdict =
  | { readonly kind: 'pending' }
  | { readonly kind: 'served' }
  /** Without a version: the model has none that could be loaded. */
  | { readonly kind: 'failed'; readonly error: StatusError; readonly version?: Version };

const PENDING: Verdict = { kind: 'pending' };
const SERVED: Verdict = { kind: 'served' };

type States = ReadonlyMap<Version, ServableState>;

/**
 * Of a model: served with one version, failed when all of its versions have. An attempt that failed counts, though
 * others may follow a minute later: nobody waits for those.
 */
export function modelVerdict(model: ModelState, states: States): Verdict {
  if (model.isPending) {
    return PENDING;
  }
  if (model.error !== undefined) {
    return { kind: 'failed', error: model.error };
  }
  const verdicts = wantedVersions(model).map((version) => stateVerdict(version, states));
  const isServed = verdicts.length === 0 || verdicts.some(({ kind }) => kind === 'served');
  return isServed ? SERVED : (verdicts.find(({ kind }) => kind === 'pending') ?? verdicts.at(-1) ?? SERVED);
}

/** Of one version, which is not there, or not wanted, unless the model aspires to it on its own. */
export function versionVerdict(version: Version, model: ModelState, states: States): Verdict {
  if (model.isPending || model.settling.includes(version)) {
    return PENDING;
  }
  if (!wantedVersions(model).includes(version)) {
    const error = notFound(`version ${version} is not there, or its model's version policy does not want it`);
    return { kind: 'failed', error, version };
  }
  return stateVerdict(version, states);
}

/** Without those that will go when their labels have moved on; ascending. */
function wantedVersions({ versions, held }: ModelState): readonly Version[] {
  return versions.filter((version) => !held.includes(version));
}

function stateVerdict(version: Version, states: States): Verdict {
  const { state, aspired, error } = states.get(version) ?? {};
  if (state === 'available') {
    return SERVED;
  }
  const hasFailed = aspired === true && (state === 'end' || (state === 'loading' && error !== undefined));
  return hasFailed
    ? { kind: 'failed', error: error ?? unavailable(`version ${version} was not loaded`), version }
    : PENDING;
}
