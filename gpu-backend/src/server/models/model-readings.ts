import type { Version } from '@tensorfleet/core';
import { type LabelTarget, versionsOf } from '@tensorfleet/repository';
import type { ServerCore } from '../server-core.ts';

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

/** Every model that is configured, and the highest version of it that answers. */
export function latestVersions({ configuredModels, manager }: ServerCore): {
  readonly model: string;
  readonly latest: number | undefined;
}[] {
  const latest = new Map<string, number>();
  for (const { name, version } of manager.list()) {
    latest.set(name, Math.max(version, latest.get(name) ?? version));
  }
  return configuredModels().map((model) => ({ model, latest: latest.get(model) }));
}

/** What part of a label's requests a version gets, 0 to 1. */
export function labelShares({ labels }: ServerCore): (VersionReading & {
  readonly label: string;
  readonly share: number;
})[] {
  return labels
    .models()
    .flatMap((model) =>
      [...labels.of(model)].flatMap(([label, target]) =>
        sharesOf(target).map(([version, share]) => ({ model, label, version: String(version), share })),
      ),
    );
}

/** The part of the requests that each version of a target gets, 0 to 1. */
export function sharesOf(target: LabelTarget): readonly (readonly [version: Version, share: number])[] {
  if (typeof target === 'number') {
    return [[target, 1]];
  }
  const sum = target.values().reduce((total, weight) => total + weight, 0);
  return Array.from(target, ([version, weight]) => [version, weight / sum]);
}

/** Labels that wait for versions which they are to stand for. */
export function pendingLabels({ configuredModels, pendingLabels: pending }: ServerCore): {
  readonly model: string;
  readonly label: string;
  readonly version: string;
}[] {
  return configuredModels().flatMap((model) =>
    [...pending(model)].flatMap(([label, { target }]) =>
      versionsOf(target).map((version) => ({ model, label, version: String(version) })),
    ),
  );
}
