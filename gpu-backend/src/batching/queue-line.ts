import type { BatchPolicy } from './batch-policy.ts';
import {
  addTask,
  type Batch,
  type BatchQueue,
  capacityError,
  closeLastBatch,
  createBatchQueue,
  nextAction,
  oldestTasks,
  openBatchFor,
  type QueuedTask,
  removeTask,
  takeOldest,
} from './batch-queue.ts';

/** Milliseconds that a batch of `rows` rows of tasks like this one is expected to take; undefined while nobody knows. */
export type ExpectedMs<T> = (task: T, rows: number) => number | undefined;

/**
 * The queues of all keys, in line for their turns.
 * Invariants: a queue is in the map exactly while it holds a batch, and the map's order is whose turn it is; the three
 * counts are what the queues hold.
 */
export class QueueLine<T extends QueuedTask> {
  readonly #policy: BatchPolicy;
  readonly #expectedMs: ExpectedMs<T>;
  readonly #queues = new Map<string, BatchQueue<T>>();
  #batches = 0;
  #tasks = 0;
  #queuedMs = 0;

  constructor(policy: BatchPolicy, expectedMs: ExpectedMs<T>) {
    this.#policy = policy;
    this.#expectedMs = expectedMs;
  }

  get tasks(): number {
    return this.#tasks;
  }

  /** Expected milliseconds of all batches in line. */
  get queuedMs(): number {
    return this.#queuedMs;
  }

  /** The batch that a task of this key and size would join, if any; without a key, that of the only queue. */
  openBatch(key: string | undefined, size: number): Batch<T> | undefined {
    const queue = key === undefined ? this.#onlyQueue() : this.#queues.get(key);
    return queue && openBatchFor(queue, size);
  }

  /** Adds a task; answers how to take it out again. Throws UNAVAILABLE when the line is full. */
  add(key: string, task: T, now: number): () => void {
    const queue = this.#queues.get(key) ?? createBatchQueue<T>(this.#policy);
    const full = capacityError(queue, task.size, this.#batches);
    if (full !== undefined) {
      throw full;
    }
    const batch = addTask(queue, task, now);
    this.#queues.set(key, queue);
    this.#batches += batch.tasks.length === 1 ? 1 : 0;
    this.#tasks += 1;
    this.#price(batch);
    return () => this.#remove(key, queue, batch, task);
  }

  /**
   * The tasks that leave the queue whose turn it is, oldest first: as many of those that may run together as `choose`
   * says. That queue goes to the end of the line. Undefined when no queue may run one.
   */
  take(now: number, choose: (oldest: readonly T[]) => number): readonly T[] | undefined {
    for (const [key, queue] of this.#queues) {
      if (nextAction(queue, now).kind === 'run') {
        const oldest = oldestTasks(queue);
        const taken = oldest.slice(0, choose(oldest));
        this.#takeFrom(queue, taken.length);
        this.#queues.delete(key);
        if (queue.batches.length > 0) {
          this.#queues.set(key, queue);
        }
        return taken;
      }
    }
    return undefined;
  }

  /** When a queue may run a batch: `now` or later; Infinity when none holds any. */
  nextRunAt(now: number): number {
    let until = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues.values()) {
      const action = nextAction(queue, now);
      until = action.kind === 'wait' ? Math.min(until, action.until) : now;
    }
    return until;
  }

  /** Lets every batch run without waiting for company. */
  closeBatches(): void {
    for (const queue of this.#queues.values()) {
      closeLastBatch(queue);
    }
  }

  #onlyQueue(): BatchQueue<T> | undefined {
    return this.#queues.size === 1 ? this.#queues.values().next().value : undefined;
  }

  #takeFrom(queue: BatchQueue<T>, count: number): void {
    const before = queue.batches.slice();
    takeOldest(queue, count);
    this.#tasks -= count;
    this.#batches -= before.length - queue.batches.length;
    for (const batch of before.slice(0, before.length - queue.batches.length + 1)) {
      this.#price(batch);
    }
  }

  #remove(key: string, queue: BatchQueue<T>, batch: Batch<T>, task: T): void {
    this.#tasks -= 1;
    this.#batches -= removeTask(queue, batch, task) ? 1 : 0;
    this.#price(batch);
    if (queue.batches.length === 0) {
      this.#queues.delete(key);
    }
  }

  /** Keeps the batch's cost, and the sum of all, up to date with its rows. */
  #price(batch: Batch<T>): void {
    const [task] = batch.tasks;
    const expectedMs = task === undefined ? 0 : (this.#expectedMs(task, batch.rows) ?? 0);
    this.#queuedMs = this.#batches === 0 ? 0 : this.#queuedMs + expectedMs - batch.expectedMs;
    batch.expectedMs = expectedMs;
  }
}
