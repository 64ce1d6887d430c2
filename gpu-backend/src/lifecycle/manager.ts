import type { ServableHandle, ServableId, ServableRequest } from './servable.ts';

/** Gives requests the servables that are ready. */
export interface Manager<T> extends AsyncDisposable {
  /**
   * A handle on the requested version, or on the highest one that is ready. O(1), never waits.
   * Throws NOT_FOUND when there is none, UNAVAILABLE after `close`.
   */
  acquire(request: ServableRequest): ServableHandle<T>;
  /** What can be acquired now. */
  list(): readonly ServableId[];
  /** Refuses new handles, waits for the open ones, unloads everything. Idempotent. */
  close(): Promise<void>;
}
