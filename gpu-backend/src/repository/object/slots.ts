/** Lets so many things run at the same time; the others wait in order. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** As `run` ends. Begins it when a slot is free, also after an abort of the caller: `run` looks for itself. */
  async run<R>(run: () => Promise<R>): Promise<R> {
    if (this.#free > 0) {
      this.#free -= 1;
    } else {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#free += 1;
      } else {
        next(); // the slot goes from hand to hand
      }
    }
  }
}
