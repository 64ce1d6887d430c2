import type { Version } from '@tensorfleet/core';

export interface ServableId {
  readonly name: string;
  readonly version: Version;
}

/** `{name: m version: 3}`: how errors and logs print an id, as TensorFlow Serving does. */
export function formatServableId(id: ServableId): string {
  return `{name: ${id.name} version: ${id.version}}`;
}

/** What a loaded servable needs, in the units of a ResourceTracker. */
export interface ResourceEstimate {
  readonly memoryBytes: number;
}

/**
 * Knows how to load one version. Construction is cheap; the work is in `load`.
 * The manager calls `load` and `unload` alternately, never both at once.
 */
export interface Loader<T> {
  readonly id: ServableId;
  /** What it would load, by identity: a version that failed is loaded again when a loader brings another revision. */
  readonly revision?: object;
  /** Where it would load from: a version that is ready is loaded anew, beside itself, when a loader brings another place. */
  readonly place?: string;
  /** An upper bound; later calls may return less, never more. */
  estimate(): ResourceEstimate;
  /** Rejects with a StatusError; aborted by `signal` when the version is no longer aspired. */
  load(signal: AbortSignal): Promise<T>;
  /** Called once per successful load, after the last handle is gone. */
  unload(servable: T): Promise<void>;
}

/** Everything of one name that should be loaded; what is left out should be unloaded. */
export interface AspiredVersions<T> {
  readonly name: string;
  readonly versions: readonly Loader<T>[];
}

/** Emits, per name and independently of other names, the complete list of aspired versions. */
export interface Source<T> {
  /** `onAspired` may be called at any time until the subscription is disposed. */
  subscribe(onAspired: (versions: AspiredVersions<T>) => void): Disposable;
}

/** Keeps `servable` loaded until it is disposed: hold it for one request only. */
export interface ServableHandle<T> extends Disposable {
  readonly id: ServableId;
  readonly servable: T;
}

/** What a request asks for; without a version it is the highest one that is ready. */
export interface ServableRequest {
  readonly name: string;
  readonly version?: Version;
}
