import { StatusError } from '@tensorfleet/core';
import type { ServableState, StateListener, StatePublisher } from './servable-state.ts';

/** Hands every state to every listener; one that throws is reported and keeps no other from hearing. */
export class StateFeed implements StatePublisher {
  readonly #listeners = new Set<StateListener>();
  readonly #onError: (error: StatusError) => void;

  constructor(onError: (error: StatusError) => void) {
    this.#onError = onError;
  }

  onState(listener: StateListener): Disposable {
    // an own function per call: the same listener may be added twice and is then called twice
    const entry: StateListener = (state) => listener(state);
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  publish(state: ServableState): void {
    for (const listener of this.#listeners) {
      try {
        listener(state);
      } catch (reason) {
        this.#onError(StatusError.from(reason));
      }
    }
  }
}
