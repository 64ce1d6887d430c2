import { readiness } from './health.ts';
import type { ServerCore } from './server-core.ts';

interface VersionReading {
  readonly model: string;
  readonly version: string;
}

/** Requests that wait for a batch, by version. */
export function queueDepths({ manager }: ServerCore): (VersionReading & { readonly queued: number })[] {
  return manager.list().map((id) => {
    using handle = manager.acquire(id);
    return { model: id.name, version: String(id.version), queued: handle.servable.queuedTasks };
  });
}

/** Every version that is known, also of late, and its state. */
export function versionStates({ monitor }: ServerCore): (VersionReading & { readonly state: string })[] {
  return monitor
    .names()
    .flatMap((model) =>
      Array.from(monitor.states(model).values(), ({ id, state }) => ({ model, version: String(id.version), state })),
    );
}

/** Every model that is configured, and whether a version of it answers. */
export function modelAvailability(core: ServerCore): { readonly model: string; readonly available: boolean }[] {
  const waiting = new Set(readiness(core).waitingFor);
  return core.configuredModels().map((model) => ({ model, available: !waiting.has(model) }));
}
