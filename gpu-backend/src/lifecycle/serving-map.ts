import { notFound } from '@tensorfleet/core';
import type { ServableHandle, ServableId, ServableRequest } from './servable.ts';
import type { CountedServable } from './servable-handle.ts';

interface ServingVersions<T> {
  readonly byVersion: Map<number, CountedServable<T>>;
  latest: CountedServable<T>;
}

/** The versions that can be acquired. A name without one has no entry; `latest` is the highest version number. */
export class ServingMap<T> {
  readonly #names = new Map<string, ServingVersions<T>>();

  /** O(1), never waits. Throws NOT_FOUND in TensorFlow Serving's words, which its clients look for. */
  acquire(request: ServableRequest): ServableHandle<T> {
    const versions = this.#names.get(request.name);
    const found = request.version === undefined ? versions?.latest : versions?.byVersion.get(request.version);
    if (found === undefined) {
      throw notFound(`Servable not found for request: ${formatRequest(request)}`, { model: request.name });
    }
    return found.acquire();
  }

  /** By name in the order of their first version, then by version number. */
  list(): readonly ServableId[] {
    return [...this.#names.values()].flatMap(({ byVersion }) =>
      [...byVersion.values()].map(({ id }) => id).sort((a, b) => a.version - b.version),
    );
  }

  /** Takes the place of a servable of the same version. */
  add(servable: CountedServable<T>): void {
    const { name, version } = servable.id;
    const versions = this.#names.get(name);
    if (versions === undefined) {
      this.#names.set(name, { byVersion: new Map([[version, servable]]), latest: servable });
      return;
    }
    versions.byVersion.set(version, servable);
    versions.latest = highest(versions.byVersion) ?? servable;
  }

  /** What is not there, or was replaced by another servable of its version, is ignored. */
  remove(servable: CountedServable<T>): void {
    const { name, version } = servable.id;
    const versions = this.#names.get(name);
    if (versions?.byVersion.get(version) !== servable) {
      return;
    }
    versions.byVersion.delete(version);
    const latest = highest(versions.byVersion);
    if (latest === undefined) {
      this.#names.delete(name);
    } else {
      versions.latest = latest;
    }
  }
}

function formatRequest({ name, version }: ServableRequest): string {
  return version === undefined ? `Latest(${name})` : `Specific(${name}, ${version})`;
}

function highest<T>(byVersion: ReadonlyMap<number, CountedServable<T>>): CountedServable<T> | undefined {
  let best: CountedServable<T> | undefined;
  for (const servable of byVersion.values()) {
    if (best === undefined || servable.id.version > best.id.version) {
      best = servable;
    }
  }
  return best;
}
