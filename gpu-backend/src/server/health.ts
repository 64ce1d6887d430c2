import { Code, type ModelSpec, notFound, StatusError } from '@tensorfleet/core';
import type { ServerCore } from './server-core.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly draining: boolean;
  /** Configured models that have no version available, sorted. */
  readonly waitingFor: readonly string[];
}

/** Ready: not draining, and every configured model has a version available. */
export function readiness(core: ServerCore): Readiness {
  const available = new Set(core.manager.list().map(({ name }) => name));
  const waitingFor = core
    .configuredModels()
    .filter((name) => !available.has(name))
    .toSorted();
  return { ready: !core.draining && waitingFor.length === 0, draining: core.draining, waitingFor };
}

/** Whether one model has a version available; undefined when no such model is configured. */
export function modelReadiness(core: ServerCore, name: string): boolean | undefined {
  if (!core.configuredModels().includes(name)) {
    return undefined;
  }
  return !core.draining && core.manager.list().some((id) => id.name === name);
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
