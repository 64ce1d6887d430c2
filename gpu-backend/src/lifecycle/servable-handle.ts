import { failedPrecondition } from '@tensorfleet/core';
import { formatServableId, type ServableHandle, type ServableId } from './servable.ts';

/**
 * One loaded servable and the count of open handles on it.
 *
 * Every handle counts once, however often it is disposed. After `retire` no handle is given out, and
 * `onIdle` runs exactly once, when none is open.
 */
export class CountedServable<T> {
  readonly id: ServableId;
  readonly servable: T;
  #handles = 0;
  #onIdle: (() => void) | undefined;

  constructor(id: ServableId, servable: T) {
    this.id = id;
    this.servable = servable;
  }

  /** Handles that are open now. */
  get handles(): number {
    return this.#handles;
  }

  /** O(1). Throws FAILED_PRECONDITION once retired. */
  acquire(): ServableHandle<T> {
    if (this.#onIdle !== undefined) {
      throw failedPrecondition(`servable ${formatServableId(this.id)} is being unloaded`);
    }
    this.#handles++;
    return new CountedHandle(this.id, this.servable, this.#release);
  }

  /** Calls `onIdle` as soon as no handle is open: now, or in the dispose of the last one. Once only. */
  retire(onIdle: () => void): void {
    if (this.#onIdle !== undefined) {
      throw failedPrecondition(`servable ${formatServableId(this.id)} is retired already`);
    }
    this.#onIdle = onIdle;
    if (this.#handles === 0) {
      onIdle();
    }
  }

  // one function shared by all handles: acquire is on the path of every request
  readonly #release = (): void => {
    this.#handles--;
    if (this.#handles === 0) {
      this.#onIdle?.();
    }
  };
}

class CountedHandle<T> implements ServableHandle<T> {
  readonly id: ServableId;
  readonly servable: T;
  #release: (() => void) | undefined;

  constructor(id: ServableId, servable: T, release: () => void) {
    this.id = id;
    this.servable = servable;
    this.#release = release;
  }

  [Symbol.dispose](): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
}
