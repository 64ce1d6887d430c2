import { StatusError, unavailable, type Version } from '@tensorfleet/core';
import type { ServableState, StatePublisher } from './servable-state.ts';

/** Versions per name that are remembered after they ended and stopped being aspired. */
export const MAX_PAST_VERSIONS = 16;
/** Names that are remembered with nothing but past versions. */
export const MAX_PAST_NAMES = 256;

/**
 * How it stands with a name: `available` when some version is, `ended` when every aspired version
 * ended without one becoming available, `pending` otherwise and for a name that is not known.
 */
export type Settlement = 'available' | 'ended' | 'pending';

interface Waiter {
  readonly isMet: (monitor: StateMonitor) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: StatusError) => void;
}

/**
 * Remembers the latest state of every version of every name.
 *
 * A version that ended stays while it is aspired; of the others that ended, the last MAX_PAST_VERSIONS of each
 * name and the last MAX_PAST_NAMES names. Both maps are in the order of the latest change.
 */
export class StateMonitor implements Disposable {
  readonly #names = new Map<string, Map<Version, ServableState>>();
  readonly #waiters = new Set<Waiter>();
  readonly #listeners = new Set<() => void>();
  readonly #subscription: Disposable;
  #isDisposed = false;

  /** Knows what happens from now on: watch before the publisher's first version. */
  constructor(publisher: StatePublisher) {
    this.#subscription = publisher.onState((state) => this.#onState(state));
  }

  names(): readonly string[] {
    return [...this.#names.keys()];
  }

  /** The versions of a name, highest first; empty for a name that is not known. */
  states(name: string): ReadonlyMap<Version, ServableState> {
    const versions = this.#names.get(name) ?? new Map<Version, ServableState>();
    return new Map([...versions].sort(([a], [b]) => b - a));
  }

  settlement(name: string): Settlement {
    const states = [...(this.#names.get(name)?.values() ?? [])];
    if (states.some(({ state }) => state === 'available')) {
      return 'available';
    }
    const aspired = states.filter((state) => state.aspired);
    return aspired.length > 0 && aspired.every(({ state }) => state === 'end') ? 'ended' : 'pending';
  }

  /**
   * Resolves as soon as `isMet` holds, which may be at once. Rejects with the signal's reason, with what
   * `isMet` throws, and with UNAVAILABLE when the monitor is disposed.
   */
  waitUntil(isMet: (monitor: StateMonitor) => boolean, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { isMet, resolve, reject };
    const abort = (): void => reject(StatusError.from(signal?.reason));
    if (this.#isDisposed) {
      reject(watchEnded());
    } else if (signal?.aborted) {
      abort();
    } else {
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
      this.#check(waiter);
    }
    return promise.finally(() => {
      signal?.removeEventListener('abort', abort);
      this.#waiters.delete(waiter);
    });
  }

  /** Asks what waits again, and calls back, after a change of something else that they look at. */
  recheck(): void {
    for (const waiter of this.#waiters) {
      this.#check(waiter);
    }
    for (const listener of this.#listeners) {
      listener();
    }
  }

  /** Resolves when no name is pending any more; a name whose list of versions stays empty never settles. */
  waitUntilSettled(names: readonly string[], signal?: AbortSignal): Promise<void> {
    return this.waitUntil(() => names.every((name) => this.settlement(name) !== 'pending'), signal);
  }

  /** Calls back, synchronously, after every change, and when asked to recheck. */
  onChange(listener: () => void): Disposable {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  /** Stops watching; what waits is rejected. Idempotent. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#subscription[Symbol.dispose]();
    for (const waiter of this.#waiters) {
      waiter.reject(watchEnded());
    }
  }

  #onState(state: ServableState): void {
    const { name, version } = state.id;
    const versions = this.#names.get(name) ?? new Map<Version, ServableState>();
    versions.delete(version);
    versions.set(version, state);
    this.#names.delete(name);
    this.#names.set(name, versions);
    if (isPast(state)) {
      forgetOldest(versions, MAX_PAST_VERSIONS, isPast);
      forgetOldest(this.#names, MAX_PAST_NAMES, (states) => states.values().every(isPast));
    }
    this.recheck();
  }

  #check(waiter: Waiter): void {
    try {
      if (waiter.isMet(this)) {
        waiter.resolve();
      }
    } catch (reason) {
      waiter.reject(StatusError.from(reason));
    }
  }
}

function watchEnded(): StatusError {
  return unavailable('the states of servables are no longer watched');
}

function isPast({ state, aspired }: ServableState): boolean {
  return state === 'end' && !aspired;
}

/** Deletes from the front of `map` until at most `max` of its values match. */
function forgetOldest<K, V>(map: Map<K, V>, max: number, matches: (value: V) => boolean): void {
  const keys = [...map].filter(([, value]) => matches(value)).map(([key]) => key);
  for (const key of keys.slice(0, Math.max(keys.length - max, 0))) {
    map.delete(key);
  }
}
