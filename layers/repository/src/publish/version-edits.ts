import { alreadyExists, failedPrecondition, type Version } from '@tensorfleet/core';
import { checkModelName } from '../format/model-name.ts';
import { type ModelRouting, versionsOf } from '../format/model-routing.ts';
import type { IndexedModel, RepositoryIndex } from '../format/repository-index.ts';
import { EMPTY_MODEL, editModel, type IndexEdit, replaceModel, requireVersion, withHistory } from './edit-model.ts';

export interface AddVersion extends IndexEdit {
  readonly version: Version;
  /** SHA-256 of the bytes of its manifest.json, lower-case hex. */
  readonly manifest: string;
  readonly bytes: number;
}

/**
 * Names a version whose files and manifest are there; the model is added with its first version.
 * No change when it is there with the same manifest. Throws ALREADY_EXISTS when it has another one,
 * FAILED_PRECONDITION when the number is retired, INVALID_ARGUMENT for a name that no model may have.
 */
export function addVersion(
  index: RepositoryIndex,
  { model: name, version, manifest, bytes, at }: AddVersion,
): RepositoryIndex {
  checkModelName(name);
  const old = index.models.get(name);
  const model = old ?? EMPTY_MODEL;
  const details = { model: name, version: String(version) };
  if (model.retired.includes(version)) {
    throw failedPrecondition(
      `version ${version} of model "${name}" is retired, its number is not given again`,
      details,
    );
  }
  const known = model.versions.get(version);
  if (known !== undefined && known.manifest !== manifest) {
    throw alreadyExists(`model "${name}" has version ${version} already, with other content`, details);
  }
  if (known !== undefined) {
    return index;
  }
  const versions = new Map(
    [...model.versions, [version, { manifest, bytes, publishedAt: at }] as const].toSorted(byKey),
  );
  const entry = { at, version, event: 'published', detail: `manifest ${manifest}` } as const;
  return replaceModel(index, name, old, withHistory({ ...model, versions }, entry));
}

function byKey([a]: readonly [Version, unknown], [b]: readonly [Version, unknown]): number {
  return a - b;
}

export interface RetireVersion extends IndexEdit {
  readonly version: Version;
  /** Also takes the number of a version that the index does not have, so that nobody adds it. Default: false. */
  readonly unlisted?: boolean;
  /** Why, for the history. Default: nothing. */
  readonly reason?: string;
}

/**
 * Takes a version out of the index for good: its number is not given again. No change when it is retired already.
 * Throws FAILED_PRECONDITION while a label, the shadow or a running rollout names it, and says which; NOT_FOUND for
 * a version that the index does not have, unless `unlisted`.
 */
export function retire(
  index: RepositoryIndex,
  { model: name, version, at, unlisted = false, reason: detail = '' }: RetireVersion,
): RepositoryIndex {
  const retired = (model: IndexedModel): IndexedModel => {
    if (model.retired.includes(version)) {
      return model;
    }
    if (!unlisted) {
      requireVersion(name, model, version);
    }
    const uses = usesOf(model, version);
    if (uses.length > 0) {
      const reason = `version ${version} of model "${name}" is not retired while ${uses.join(' and ')} it`;
      throw failedPrecondition(reason, { model: name, version: String(version) });
    }
    const versions = new Map([...model.versions].filter(([each]) => each !== version));
    const numbers = [...model.retired, version].toSorted((a, b) => a - b);
    return withHistory({ ...model, versions, retired: numbers }, { at, version, event: 'retired', detail });
  };
  if (unlisted && !index.models.has(name)) {
    checkModelName(name);
    return replaceModel(index, name, undefined, retired(EMPTY_MODEL));
  }
  return editModel(index, name, retired);
}

/** What holds a version: `label "stable" names`, `the shadow names`. */
function usesOf({ labels, shadow, rollout }: ModelRouting, version: Version): readonly string[] {
  const named = [...labels].filter(([, target]) => versionsOf(target).includes(version));
  const rolledOut = rollout?.state === 'running' && [rollout.baseline, rollout.candidate].includes(version);
  return [
    ...named.map(([label]) => `label "${label}" names`),
    ...(shadow?.version === version ? ['the shadow names'] : []),
    ...(rolledOut ? [`the running rollout of label "${rollout.label}" names`] : []),
  ];
}
