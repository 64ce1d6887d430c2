import { StatusError } from '@tensorfleet/core';
import type { AspiredVersions, Source } from './servable.ts';

/** The sources that are followed. A source that was left is no longer heard, even if it goes on calling. */
export class SourceSubscriptions<T> {
  readonly #onError: (error: StatusError) => void;
  readonly #onAspired: (versions: AspiredVersions<T>) => void;
  readonly #open = new Set<Disposable>();

  constructor(onError: (error: StatusError) => void, onAspired: (versions: AspiredVersions<T>) => void) {
    this.#onError = onError;
    this.#onAspired = onAspired;
  }

  /** Follows `source` until the result is disposed. Throws what the source throws on being subscribed to. */
  add(source: Source<T>): Disposable {
    let inner: Disposable | undefined;
    const subscription = {
      [Symbol.dispose]: () => {
        this.#open.delete(subscription);
        inner?.[Symbol.dispose]();
        inner = undefined;
      },
    };
    this.#open.add(subscription);
    try {
      inner = source.subscribe((versions) => {
        if (this.#open.has(subscription)) {
          this.#onAspired(versions);
        }
      });
    } catch (reason) {
      this.#open.delete(subscription);
      throw reason;
    }
    if (!this.#open.has(subscription)) {
      // left from within the source's first call
      subscription[Symbol.dispose]();
    }
    return subscription;
  }

  /** Leaves all sources; what they throw is reported. */
  close(): void {
    for (const subscription of this.#open) {
      try {
        subscription[Symbol.dispose]();
      } catch (reason) {
        this.#onError(StatusError.from(reason));
      }
    }
  }
}
