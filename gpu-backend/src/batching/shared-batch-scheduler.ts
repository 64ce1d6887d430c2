import {
  type CallContext,
  type Clock,
  invalidArgument,
  StatusError,
  throwIfOver,
  unavailable,
} from '@tensorfleet/core';
import { type BatchPolicy, executedRows } from './batch-policy.ts';
import {
  addTask,
  type Batch,
  type BatchQueue,
  capacityError,
  closeLastBatch,
  createBatchQueue,
  nextAction,
  removeTask,
  sizeError,
} from './batch-queue.ts';
import type { BatchScheduler } from './batch-scheduler.ts';
import { type BatchTask, type ExecuteBatch, expiryOf, rowsOf, runBatch } from './batch-task.ts';
import { traceQueued, traceRuns } from './call-times.ts';
import type { CostModel } from './cost-model.ts';

/** One finished batch, successful or not. */
export interface BatchStats {
  readonly rows: number;
  /** Rows that the model ran: more than `rows` when the batch was padded to an allowed size. */
  readonly executedRows: number;
  readonly tasks: number;
  /** Of each task, from its submission to the start of the batch. */
  readonly queueMs: readonly number[];
  /** From the opening of the batch to its start. */
  readonly waitMs: number;
  readonly durationMs: number;
  /** Tasks that wait when the batch ends. */
  readonly queuedTasks: number;
}

export interface BatchSchedulerOptions<In, Out> {
  readonly policy: BatchPolicy;
  /** Only inputs of equal key share a batch. */
  readonly keyOf: (input: In) => string;
  readonly execute: ExecuteBatch<In, Out>;
  /** Batches that run at the same time; an integer >= 1. */
  readonly slots: number;
  readonly clock: Clock;
  /** Calls `run` once in a later turn of the event loop; setImmediate in production. */
  readonly defer: (run: () => void) => void;
  /** Learns from every batch that succeeds. */
  readonly costModel?: CostModel;
  /** Called after every batch; must not throw. */
  readonly onBatch?: (stats: BatchStats) => void;
}

/** Shares `slots` executor slots between one queue per key; the queues take turns. */
export function createBatchScheduler<In, Out>(options: BatchSchedulerOptions<In, Out>): BatchScheduler<In, Out> {
  return new RoundRobinScheduler(options);
}

/**
 * Invariants:
 * - a queue is in the map exactly while it holds a batch, and the map's order is whose turn it is;
 * - `#enqueuedBatches` and `#queuedTasks` count what the queues hold;
 * - a task listens to its signal exactly while it is queued;
 * - batches start in a turn only; between turns, when a slot is free and a task is queued, a turn is due or the timer
 *   is armed.
 */
class RoundRobinScheduler<In, Out> implements BatchScheduler<In, Out> {
  readonly #options: BatchSchedulerOptions<In, Out>;
  readonly #queues = new Map<string, BatchQueue<BatchTask<In, Out>>>();
  readonly #slots: number;
  #running = 0;
  #enqueuedBatches = 0;
  #queuedTasks = 0;
  #turnDue = false;
  #timer: Disposable | undefined;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(options: BatchSchedulerOptions<In, Out>) {
    this.#options = options;
    this.#slots = checkedSlots(options.slots);
  }

  get queuedTasks(): number {
    return this.#queuedTasks;
  }

  submit(input: In, size: number, context: CallContext): Promise<Out> {
    return new Promise((resolve, reject) => {
      try {
        const queuedAt = this.#options.clock.now();
        this.#admit({ input, size, context, queuedAt, resolve, reject, onAbort: () => undefined });
      } catch (reason) {
        reject(StatusError.from(reason));
      }
    });
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers();
      for (const queue of this.#queues.values()) {
        closeLastBatch(queue);
      }
      this.#requestTurn();
      this.#settleIfIdle();
    }
    return this.#closing.promise;
  }

  #admit(task: BatchTask<In, Out>): void {
    const { policy, clock, keyOf } = this.#options;
    const tooLarge = sizeError(policy, task.size);
    if (tooLarge !== undefined) {
      throw tooLarge;
    }
    if (this.#closing !== undefined) {
      throw unavailable('the batch scheduler is closed');
    }
    throwIfOver(task.context);
    const late = expiryOf(task, clock);
    if (late !== undefined) {
      throw late;
    }
    const key = keyOf(task.input);
    const queue = this.#queues.get(key) ?? createBatchQueue<BatchTask<In, Out>>(policy);
    const full = capacityError(queue, task.size, this.#enqueuedBatches);
    if (full !== undefined) {
      throw full;
    }
    const batch = addTask(queue, task, task.queuedAt);
    this.#queues.set(key, queue);
    this.#enqueuedBatches += batch.tasks.length === 1 ? 1 : 0;
    this.#queuedTasks += 1;
    task.onAbort = () => this.#abandon(key, queue, batch, task);
    task.context.signal.addEventListener('abort', task.onAbort);
    this.#requestTurn();
  }

  #abandon(
    key: string,
    queue: BatchQueue<BatchTask<In, Out>>,
    batch: Batch<BatchTask<In, Out>>,
    task: BatchTask<In, Out>,
  ): void {
    this.#leaveQueue(task);
    if (removeTask(queue, batch, task)) {
      this.#enqueuedBatches -= 1;
    }
    if (queue.batches.length === 0) {
      this.#queues.delete(key);
    }
    task.reject(StatusError.from(task.context.signal.reason));
    this.#settleIfIdle();
  }

  #leaveQueue(task: BatchTask<In, Out>): void {
    this.#queuedTasks -= 1;
    traceQueued(task, this.#options.clock);
    task.context.signal.removeEventListener('abort', task.onAbort);
  }

  #requestTurn(): void {
    if (!this.#turnDue && this.#queuedTasks > 0 && this.#running < this.#slots) {
      this.#turnDue = true;
      this.#options.defer(() => this.#turn());
    }
  }

  #turn(): void {
    this.#turnDue = false;
    while (this.#running < this.#slots) {
      const batch = this.#takeBatch();
      if (batch === undefined) {
        break;
      }
      const tasks = this.#startable(batch.tasks);
      if (tasks.length > 0) {
        void this.#run(tasks, batch.openedAt); // settles its tasks and never rejects
      }
    }
    this.#armTimer();
    this.#settleIfIdle();
  }

  /** The oldest batch of the queue whose turn it is; that queue goes to the end of the line. */
  #takeBatch(): Batch<BatchTask<In, Out>> | undefined {
    const now = this.#options.clock.now();
    for (const [key, queue] of this.#queues) {
      if (nextAction(queue, now).kind === 'run') {
        const batch = queue.batches.shift();
        this.#enqueuedBatches -= 1;
        this.#queues.delete(key);
        if (queue.batches.length > 0) {
          this.#queues.set(key, queue);
        }
        return batch;
      }
    }
    return undefined;
  }

  /** Takes the tasks off the queue; those whose deadline passed before their timer could say so are refused here. */
  #startable(tasks: readonly BatchTask<In, Out>[]): readonly BatchTask<In, Out>[] {
    return tasks.filter((task) => {
      this.#leaveQueue(task);
      const late = expiryOf(task, this.#options.clock);
      if (late !== undefined) {
        task.reject(late);
      }
      return late === undefined;
    });
  }

  async #run(tasks: readonly BatchTask<In, Out>[], openedAt: number): Promise<void> {
    const { clock, execute, costModel, onBatch } = this.#options;
    this.#running += 1;
    const startedAt = clock.now();
    const rows = rowsOf(tasks);
    const succeeded = await runBatch(tasks, rows, traceRuns(tasks, clock, execute));
    const durationMs = clock.now() - startedAt;
    this.#running -= 1;
    this.#requestTurn();
    this.#settleIfIdle();
    if (succeeded) {
      costModel?.observe(executedRows(this.#options.policy, rows), durationMs);
    }
    onBatch?.({
      rows,
      executedRows: executedRows(this.#options.policy, rows),
      tasks: tasks.length,
      queueMs: tasks.map(({ queuedAt }) => startedAt - queuedAt),
      waitMs: startedAt - openedAt,
      durationMs,
      queuedTasks: this.#queuedTasks,
    });
  }

  /** The scheduler's only timer: armed while a slot is free and every queue waits for company. */
  #armTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#running >= this.#slots) {
      return;
    }
    const now = this.#options.clock.now();
    let until = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues.values()) {
      const action = nextAction(queue, now);
      until = action.kind === 'wait' ? Math.min(until, action.until) : now;
    }
    if (until !== Number.POSITIVE_INFINITY) {
      this.#timer = this.#options.clock.schedule(until - now, () => this.#turn());
    }
  }

  #settleIfIdle(): void {
    if (this.#running === 0 && this.#queuedTasks === 0) {
      this.#timer?.[Symbol.dispose]();
      this.#timer = undefined;
      this.#closing?.resolve();
    }
  }
}

function checkedSlots(slots: number): number {
  if (!Number.isSafeInteger(slots) || slots < 1) {
    throw invalidArgument(`slots must be positive; was ${slots}`);
  }
  return slots;
}
