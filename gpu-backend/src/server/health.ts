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
