import {
  type CallContext,
  type Clock,
  invalidArgument,
  resourceExhausted,
  StatusError,
  throwIfOver,
  unavailable,
} from '@tensorfleet/core';
import { type Admission, admissionError, expectedStartMs, type RunningBatch } from './admission.ts';
import { chooseBatch } from './batch-choice.ts';
import { type BatchCosts, createBatchCosts } from './batch-costs.ts';
import { type BatchPolicy, executedRows } from './batch-policy.ts';
import { sizeError } from './batch-queue.ts';
import type { BatchScheduler, TaskTraits } from './batch-scheduler.ts';
import { type BatchTask, type ExecuteBatch, expiryOf, rowsOf, runBatch } from './batch-task.ts';
import { traceQueued, traceRuns } from './call-times.ts';
import { QueueLine } from './queue-line.ts';
import { TaskCosts } from './task-costs.ts';

/** One finished batch, successful or not. */
export interface BatchStats {
  readonly rows: number;
  /** Rows that the model ran: more than `rows` when the batch was padded to an allowed size. */
  readonly executedRows: number;
  readonly tasks: number;
  /** Of each task, from its submission to the start of the batch. */
  readonly queueMs: readonly number[];
  /** Of the oldest task. */
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
  /** Learns from every batch that succeeds. Default: knows nothing at first. */
  readonly costs?: BatchCosts;
  /** Keys of what an input costs, the particular ones first. Default its batch key. */
  readonly costKeysOf?: (input: In) => readonly string[];
  /** Called after every batch; must not throw. */
  readonly onBatch?: (stats: BatchStats) => void;
}

/** Shares `slots` executor slots between one queue per key; the queues take turns. */
export function createBatchScheduler<In, Out>(options: BatchSchedulerOptions<In, Out>): BatchScheduler<In, Out> {
  return new RoundRobinScheduler(options);
}

/** What runs now. */
interface Run {
  readonly startedAt: number;
  readonly expectedMs: number | undefined;
}

/**
 * Invariants:
 * - a task listens to its signal exactly while it is queued;
 * - batches start in a turn only; between turns, when a slot is free and a task is queued, a turn is due or the timer
 *   is armed.
 */
class RoundRobinScheduler<In, Out> implements BatchScheduler<In, Out> {
  readonly #options: BatchSchedulerOptions<In, Out>;
  readonly #costs: TaskCosts<In>;
  readonly #line: QueueLine<BatchTask<In, Out>>;
  readonly #slots: number;
  readonly #running = new Set<Run>();
  #turnDue = false;
  #timer: Disposable | undefined;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(options: BatchSchedulerOptions<In, Out>) {
    this.#options = options;
    const { policy, costs = createBatchCosts(), keyOf, costKeysOf = (input) => [keyOf(input)] } = options;
    this.#costs = new TaskCosts(costs, policy, costKeysOf);
    this.#slots = checkedSlots(options.slots);
    this.#line = new QueueLine(policy, (task, rows) => this.#costs.expectedMs(task.input, rows));
  }

  get queuedTasks(): number {
    return this.#line.tasks;
  }

  get isSaturated(): boolean {
    return this.#line.tasks > 0 && this.#running.size >= this.#slots;
  }

  submit(input: In, size: number, context: CallContext, traits: TaskTraits = {}): Promise<Out> {
    return new Promise((resolve, reject) => {
      try {
        const queuedAt = this.#options.clock.now();
        const isTrial = this.#isIdle();
        const task = { input, size, context, queuedAt, isTrial, resolve, reject, onAbort: () => undefined };
        this.#admit(task, traits);
      } catch (reason) {
        reject(StatusError.from(reason));
      }
    });
  }

  refusal({ deadline }: Pick<CallContext, 'deadline'>, size = 1): StatusError | undefined {
    if (this.#closing !== undefined) {
      return unavailable('the batch scheduler is closed');
    }
    const { maxBatchSize } = this.#options.policy;
    const first = this.#admission(undefined, undefined, Math.min(size, maxBatchSize), deadline);
    const laterParts = Math.max(Math.ceil(size / maxBatchSize) - 1, 0);
    return admissionError({ ...first, laterMs: laterParts * (first.startMs + first.aloneMs) });
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers();
      this.#line.closeBatches();
      this.#requestTurn();
      this.#settleIfIdle();
    }
    return this.#closing.promise;
  }

  #admit(task: BatchTask<In, Out>, { isContinuation = false }: TaskTraits): void {
    const { policy, clock, keyOf } = this.#options;
    const { input, size, context } = task;
    throwIfAny(sizeError(size, policy.maxBatchSize));
    throwIfAny(this.#closing && unavailable('the batch scheduler is closed'));
    throwIfOver(context);
    throwIfAny(expiryOf(task, clock));
    const key = keyOf(input);
    if (!isContinuation) {
      throwIfAny(admissionError(this.#admission(key, input, size, context.deadline)));
    }
    const leave = this.#line.add(key, task, task.queuedAt);
    task.onAbort = () => {
      leave();
      this.#leftQueue(task);
      task.reject(StatusError.from(context.signal.reason));
      this.#settleIfIdle();
    };
    context.signal.addEventListener('abort', task.onAbort);
    this.#requestTurn();
  }

  /** What decides about a task of `size` rows; where it is not known, about one that joins the batch that waits. */
  #admission(key: string | undefined, input: In | undefined, size: number, deadline: number): Admission {
    const { clock, policy } = this.#options;
    const costs = this.#costs;
    const now = clock.now();
    const open = this.#line.openBatch(key, size);
    const running = Array.from(this.#running, ({ startedAt, expectedMs }): RunningBatch => {
      return { elapsedMs: now - startedAt, expectedMs };
    });
    const queuedMs = this.#line.queuedMs - (open?.expectedMs ?? 0);
    return {
      startMs: expectedStartMs({ slots: this.#slots, running, queuedMs }),
      batchMs: costs.expectedMs(input, (open?.rows ?? 0) + size) ?? 0,
      grownMs: costs.expectedMs(input, costs.worthwhileRows(input)) ?? 0,
      aloneMs: costs.expectedMs(input, size) ?? 0,
      laterMs: 0,
      leftMs: deadline - now,
      targetMs: policy.targetLatencyMs,
      isNext: this.#line.tasks === 0,
      isIdle: this.#isIdle(),
    };
  }

  #isIdle(): boolean {
    return this.#line.tasks === 0 && this.#running.size < this.#slots;
  }

  #leftQueue(task: BatchTask<In, Out>): void {
    traceQueued(task, this.#options.clock);
    task.context.signal.removeEventListener('abort', task.onAbort);
  }

  #requestTurn(): void {
    if (!this.#turnDue && this.#line.tasks > 0 && this.#running.size < this.#slots) {
      this.#turnDue = true;
      this.#options.defer(() => this.#turn());
    }
  }

  #turn(): void {
    this.#turnDue = false;
    while (this.#running.size < this.#slots) {
      const tasks = this.#takeBatch();
      if (tasks === undefined) {
        break;
      }
      if (tasks.length > 0) {
        void this.#run(tasks); // settles its tasks and never rejects
      }
    }
    this.#armTimer();
    this.#settleIfIdle();
  }

  /** The next batch, without the tasks that cannot be answered in time, which are refused here. */
  #takeBatch(): readonly BatchTask<In, Out>[] | undefined {
    const { clock, policy } = this.#options;
    const now = clock.now();
    let late: ReadonlySet<number> = new Set();
    const taken = this.#line.take(now, (oldest) => {
      const input = oldest[0]?.input;
      const choice = chooseBatch(oldest, {
        now,
        targetMs: policy.targetLatencyMs,
        worthwhileRows: this.#costs.worthwhileRows(input),
        expectedMs: (rows) => this.#costs.expectedMs(input, rows),
      });
      late = choice.late;
      return choice.count;
    });
    return taken?.filter((task, index) => {
      this.#leftQueue(task);
      if (late.has(index)) {
        task.reject(
          expiryOf(task, clock) ?? resourceExhausted('Run() timeout exceeded while waiting in batching queue'),
        );
      }
      return !late.has(index);
    });
  }

  async #run(tasks: readonly BatchTask<In, Out>[]): Promise<void> {
    const { clock, execute, onBatch, policy } = this.#options;
    const startedAt = clock.now();
    const rows = rowsOf(tasks);
    const input = tasks[0]?.input;
    const run: Run = { startedAt, expectedMs: this.#costs.expectedMs(input, rows) };
    this.#running.add(run);
    const succeeded = await runBatch(tasks, rows, traceRuns(tasks, clock, execute));
    const durationMs = clock.now() - startedAt;
    this.#running.delete(run);
    if (succeeded) {
      this.#costs.observe(input, rows, durationMs);
    }
    this.#requestTurn();
    this.#settleIfIdle();
    const queueMs = tasks.map(({ queuedAt }) => startedAt - queuedAt);
    onBatch?.({
      rows,
      executedRows: executedRows(policy, rows),
      tasks: tasks.length,
      queueMs,
      waitMs: queueMs[0] ?? 0,
      durationMs,
      queuedTasks: this.#line.tasks,
    });
  }

  /** The scheduler's only timer: armed while a slot is free and every queue waits for company. */
  #armTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#running.size >= this.#slots) {
      return;
    }
    const now = this.#options.clock.now();
    const until = this.#line.nextRunAt(now);
    if (until !== Number.POSITIVE_INFINITY) {
      this.#timer = this.#options.clock.schedule(until - now, () => this.#turn());
    }
  }

  #settleIfIdle(): void {
    if (this.#running.size === 0 && this.#line.tasks === 0) {
      this.#timer?.[Symbol.dispose]();
      this.#timer = undefined;
      this.#closing?.resolve();
    }
  }
}

function throwIfAny(error: StatusError | undefined): void {
  if (error !== undefined) {
    throw error;
  }
}

function checkedSlots(slots: number): number {
  if (!Number.isSafeInteger(slots) || slots < 1) {
    throw invalidArgument(`slots must be positive; was ${slots}`);
  }
  return slots;
}
