import { CODE_NAMES, type Version } from '@tensorfleet/core';
import type { ModelState } from '../repository/watched-model.ts';
import { VERSION_STATE, type VersionState } from './model-info.ts';
import type { ServerCore } from './server-core.ts';

/** What a look at the repository has found of a model. */
export interface PolledModel {
  readonly name: string;
  /** What is served, or on its way there; ascending. */
  readonly versions: readonly { readonly version: Version; readonly state: VersionState }[];
  /** What is being downloaded, or may still be changing. */
  readonly settling: readonly Version[];
  /** Why the look failed, or found nothing to serve. */
  readonly error?: { readonly code: string; readonly message: string };
}

/**
 * Looks at the repository now, at all models or one, and resolves with what is known then; loading goes on. Rejects with
 * NOT_FOUND for a model that is not served.
 */
export async function pollRepository(core: ServerCore, model?: string): Promise<readonly PolledModel[]> {
  const states = await core.poll(model);
  return [...states].map(([name, state]) => polledModel(core, name, state));
}

function polledModel(core: ServerCore, name: string, { versions, settling, error }: ModelState): PolledModel {
  const states = core.monitor.states(name);
  return {
    name,
    versions: versions.map((version) => ({ version, state: VERSION_STATE[states.get(version)?.state ?? 'start'] })),
    settling,
    ...(error && { error: { code: CODE_NAMES[error.code], message: error.message } }),
  };
}
