/** What waits to be done in the background. */
export interface BackgroundTask {
  /** What it holds while it waits and runs. */
  readonly bytes: number;
  /** Whether those who wait for an answer need the machine: then the task is dropped. */
  readonly isUnwelcome: () => boolean;
  /** Never rejects. */
  readonly run: () => Promise<void>;
  /** Called in the place of `run`. */
  readonly drop: () => void;
}

export interface BackgroundQueueOptions {
  readonly maxRunning: number;
  /** Of those that wait. */
  readonly maxTasks: number;
  /** Of those that wait or run. */
  readonly maxBytes: number;
  /** Calls `run` once in a later turn of the event loop; setImmediate in production. */
  readonly defer: (run: () => void) => void;
}

/**
 * Does what nobody waits for, some at a time, in later turns of the event loop. What there is no room for, or no time,
 * is dropped and not kept. Invariants: every task is run or dropped, once; `bytes` is the sum of those that are neither
 * done nor dropped.
 */
export class BackgroundQueue {
  readonly #options: BackgroundQueueOptions;
  readonly #waiting: BackgroundTask[] = [];
  #running = 0;
  #bytes = 0;
  #turnDue = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(options: BackgroundQueueOptions) {
    this.#options = options;
  }

  /** Whether a task of no bytes would be dropped. */
  get isFull(): boolean {
    const { maxTasks, maxBytes } = this.#options;
    return this.#idle !== undefined || this.#waiting.length >= maxTasks || this.#bytes >= maxBytes;
  }

  add(task: BackgroundTask): void {
    if (this.isFull || this.#bytes + task.bytes > this.#options.maxBytes) {
      task.drop();
      return;
    }
    this.#waiting.push(task);
    this.#bytes += task.bytes;
    this.#requestTurn();
  }

  /** Drops what waits, and all that comes; resolves when nothing runs. Idempotent. */
  async close(): Promise<void> {
    this.#idle ??= Promise.withResolvers();
    for (const task of this.#waiting.splice(0)) {
      this.#bytes -= task.bytes;
      task.drop();
    }
    this.#settleIfIdle();
    await this.#idle.promise;
  }

  #requestTurn(): void {
    if (!this.#turnDue && this.#waiting.length > 0 && this.#running < this.#options.maxRunning) {
      this.#turnDue = true;
      this.#options.defer(() => this.#turn());
    }
  }

  /** One task a turn: others get on in between. */
  #turn(): void {
    this.#turnDue = false;
    const task = this.#waiting.shift();
    if (task !== undefined) {
      void this.#runOrDrop(task); // its task never rejects
    }
    this.#requestTurn();
  }

  async #runOrDrop(task: BackgroundTask): Promise<void> {
    if (task.isUnwelcome()) {
      task.drop();
    } else {
      this.#running += 1;
      await task.run();
      this.#running -= 1;
    }
    this.#bytes -= task.bytes;
    this.#requestTurn();
    this.#settleIfIdle();
  }

  #settleIfIdle(): void {
    if (this.#running === 0) {
      this.#idle?.resolve();
    }
  }
}
