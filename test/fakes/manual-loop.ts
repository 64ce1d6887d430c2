/** An event loop whose deferred turns run when the test says so. */
export class ManualLoop {
  #deferred: (() => void)[] = [];

  readonly defer = (run: () => void): void => {
    this.#deferred.push(run);
  };

  /** Turns that are due. */
  get due(): number {
    return this.#deferred.length;
  }

  /** Lets promises settle, then runs the turns due, until none is left. */
  async run(): Promise<void> {
    await settled();
    while (this.#deferred.length > 0) {
      const deferred = this.#deferred;
      this.#deferred = [];
      for (const run of deferred) {
        run();
      }
      await settled();
    }
  }
}

/** Resolves when every promise reaction that is queued now, and what these queue in turn, has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
