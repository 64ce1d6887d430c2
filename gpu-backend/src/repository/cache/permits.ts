import { StatusError } from '@tensorfleet/core';

/** So many at a time, in order of asking. */
export class Permits {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with a permit; disposing gives it back, once. Rejects with CANCELLED after `signal`. */
  async acquire(signal: AbortSignal): Promise<Disposable> {
    if (signal.aborted) {
      throw StatusError.from(signal.reason);
    }
    if (this.#free > 0) {
      this.#free -= 1;
    } else {
      await this.#turn(signal);
    }
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) {
          isHeld = false;
          this.#giveBack();
        }
      },
    };
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = (): void => {
        this.#waiting.delete(take);
        reject(StatusError.from(signal.reason));
      };
      this.#waiting.add(take);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  #giveBack(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
    } else {
      this.#waiting.delete(next);
      next();
    }
  }
}
