import { unavailable } from '@tensorfleet/core';

/** Runs one thing after the other, in the order in which they came. */
export class TurnQueue {
  readonly #maxWaiting: number;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** As `run` ends when its turn has come. Rejects with UNAVAILABLE when too many wait. */
  async take<R>(run: () => Promise<R>): Promise<R> {
    if (this.#waiting >= this.#maxWaiting) {
      throw unavailable(`${this.#waiting} reloads of the configuration wait already`);
    }
    this.#waiting += 1;
    const turn = this.#last.then(() => {
      this.#waiting -= 1;
      return run();
    });
    this.#last = turn.catch(() => undefined); // its caller hears of it
    return await turn;
  }
}
