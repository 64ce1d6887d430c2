import { Code, type ModelSpec, notFound, StatusError } from '@tensorfleet/core';
import { versionsOf } from '@tensorfleet/repository';
import type { ServableId } from '../lifecycle/servable.ts';
import type { ServerCore } from './server-core.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly draining: boolean;
  /** Configured models that have no version available, or not the one that is `stable`, sorted. */
  readonly waitingFor: readonly string[];
}

/** Ready: not draining, and every configured model answers requests that name neither version nor label. */
export function readiness(core: ServerCore): Readiness {
  const available = Map.groupBy(core.manager.list(), ({ name }) => name);
  const waitingFor = core
    .configuredModels()
    .filter((name) => !answers(core, name, available.get(name) ?? []))
    .toSorted();
  return { ready: !core.draining && waitingFor.length === 0, draining: core.draining, waitingFor };
}

/** Whether one model answers requests that name neither version nor label; undefined when no such model is configured. */
export function modelReadiness(core: ServerCore, name: string): boolean | undefined {
  if (!core.configuredModels().includes(name)) {
    return undefined;
  }
  return !core.draining && answers(core, name, core.manager.list());
}

function answers(core: ServerCore, name: string, available: readonly ServableId[]): boolean {
  const usual = core.labels.usual(name);
  const versions = usual === undefined ? undefined : versionsOf(usual);
  return available.some((id) => id.name === name && versions?.includes(id.version) !== false);
}

/**
 * Whether requests with this spec find a version now. Throws NOT_FOUND when the model is not configured or the version
 * not known, and as `ServerCore.acquire` does for labels.
 */
export function specReadiness(core: ServerCore, spec: ModelSpec): boolean {
  const { name, version } = spec;
  if (!core.configuredModels().includes(name)) {
    throw notFound(`no model "${name}" is configured`, { model: name });
  }
  if (version !== undefined && !core.monitor.states(name).has(version)) {
    throw notFound(`Could not find version ${version} of model ${name}`, { model: name });
  }
  try {
    core.acquire(spec)[Symbol.dispose]();
    return !core.draining;
  } catch (reason) {
    if (StatusError.from(reason).code === Code.NotFound) {
      return false;
    }
    throw reason;
  }
}
