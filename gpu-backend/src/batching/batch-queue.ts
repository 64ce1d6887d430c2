import { invalidArgument, type StatusError, unavailable } from '@tensorfleet/core';
import type { BatchPolicy } from './batch-policy.ts';

/** What the queue knows of a task: its rows, 0 included. */
export interface QueuedTask {
  readonly size: number;
}

/** Tasks that will run together, in order of submission; never empty while it is queued. */
export interface Batch<T extends QueuedTask> {
  readonly tasks: T[];
  rows: number;
  closed: boolean;
  /** When the batch was opened, in the caller's milliseconds. */
  readonly openedAt: number;
  /** What the batch is expected to take; milliseconds, 0 while nobody knows. Kept by whoever keeps the queue. */
  expectedMs: number;
}

/**
 * The bounded queue of one batch key: plain data, changed by the functions of this file only.
 *
 * 1. Only the last batch may be open; a closed batch never reopens, even when tasks leave it.
 * 2. A batch has at most `maxBatchSize` rows, and as many tasks, so that tasks of zero rows are bounded too.
 * 3. A task is never split; it joins the last batch or opens the next, so order is the order of submission.
 * 4. Admission is decided at once. Its bound counts the batches of every queue that shares the policy.
 * 5. A batch may run when it is closed, or `batchTimeoutMs` after it was opened.
 * 6. What runs then are the oldest tasks, up to a batch of them: fewer than the oldest batch holds where time is short,
 *    whose rest stays closed, and tasks of the next batches where the oldest has lost some.
 */
export interface BatchQueue<T extends QueuedTask> {
  readonly policy: BatchPolicy;
  /** Oldest first. */
  readonly batches: Batch<T>[];
}

export function createBatchQueue<T extends QueuedTask>(policy: BatchPolicy): BatchQueue<T> {
  return { policy, batches: [] };
}

/** INVALID_ARGUMENT when `size` is no number of rows, or more than `maxSize` of them. */
export function sizeError(size: number, maxSize: number): StatusError | undefined {
  if (!Number.isSafeInteger(size) || size < 0) {
    return invalidArgument(`Task size ${size} is not a number of rows`);
  }
  if (size > maxSize) {
    return invalidArgument(`Task size ${size} is larger than maximum input batch size ${maxSize}`);
  }
  return undefined;
}

/** UNAVAILABLE when a task of `size` rows needs a new batch and `enqueuedBatches`, over all queues, are at the bound. */
export function capacityError<T extends QueuedTask>(
  queue: BatchQueue<T>,
  size: number,
  enqueuedBatches: number,
): StatusError | undefined {
  const { maxEnqueuedBatches } = queue.policy;
  if (enqueuedBatches < maxEnqueuedBatches || openBatchFor(queue, size) !== undefined) {
    return undefined;
  }
  return unavailable(
    'The batch scheduling queue to which this task was submitted is full; ' +
      `currently ${enqueuedBatches} batches enqueued and max_enqueued_batches is ${maxEnqueuedBatches}`,
  );
}

/** Adds a task that was admitted; answers the batch it is in, which holds this task alone exactly when it is new. */
export function addTask<T extends QueuedTask>(queue: BatchQueue<T>, task: T, now: number): Batch<T> {
  let batch = openBatchFor(queue, task.size);
  if (batch === undefined) {
    closeLastBatch(queue);
    batch = { tasks: [], rows: 0, closed: false, openedAt: now, expectedMs: 0 };
    queue.batches.push(batch);
  }
  batch.tasks.push(task);
  batch.rows += task.size;
  const { maxBatchSize } = queue.policy;
  batch.closed = batch.rows >= maxBatchSize || batch.tasks.length >= maxBatchSize;
  return batch;
}

/** Takes a task out of its batch; true when the batch left the queue with it. */
export function removeTask<T extends QueuedTask>(queue: BatchQueue<T>, batch: Batch<T>, task: T): boolean {
  batch.tasks.splice(batch.tasks.indexOf(task), 1);
  batch.rows -= task.size;
  if (batch.tasks.length > 0) {
    return false;
  }
  queue.batches.splice(queue.batches.indexOf(batch), 1);
  return true;
}

/** The oldest tasks, as many as one batch holds. */
export function oldestTasks<T extends QueuedTask>({ batches, policy }: BatchQueue<T>): readonly T[] {
  const [oldest, next] = batches;
  if (oldest === undefined || next === undefined || oldest.rows >= policy.maxBatchSize) {
    return oldest?.tasks ?? [];
  }
  const tasks: T[] = [];
  let rows = 0;
  for (const task of batches.flatMap((batch) => batch.tasks)) {
    rows += task.size;
    if (rows > policy.maxBatchSize || tasks.length === policy.maxBatchSize) {
      break;
    }
    tasks.push(task);
  }
  return tasks;
}

/** Takes the `count` oldest tasks out of the queue; what is left of the batch that they end in is closed. */
export function takeOldest<T extends QueuedTask>(queue: BatchQueue<T>, count: number): void {
  let left = count;
  for (let batch = queue.batches[0]; batch !== undefined && left > 0; batch = queue.batches[0]) {
    const taken = batch.tasks.splice(0, left);
    left -= taken.length;
    batch.rows -= taken.reduce((rows, task) => rows + task.size, 0);
    batch.closed = true;
    if (batch.tasks.length === 0) {
      queue.batches.shift();
    }
  }
}

/** Lets the last batch run without waiting for company. */
export function closeLastBatch<T extends QueuedTask>(queue: BatchQueue<T>): void {
  const last = queue.batches.at(-1);
  if (last !== undefined) {
    last.closed = true;
  }
}

export type QueueAction =
  | { readonly kind: 'idle' }
  /** Nothing to run before `until`. */
  | { readonly kind: 'wait'; readonly until: number }
  /** The oldest batch may run. */
  | { readonly kind: 'run' };

const IDLE: QueueAction = { kind: 'idle' };
const RUN: QueueAction = { kind: 'run' };

/** What the queue wants next. Pure. */
export function nextAction<T extends QueuedTask>(queue: BatchQueue<T>, now: number): QueueAction {
  const [oldest] = queue.batches;
  if (oldest === undefined) {
    return IDLE;
  }
  const until = oldest.openedAt + queue.policy.batchTimeoutMs;
  return oldest.closed || now >= until ? RUN : { kind: 'wait', until };
}

/** The batch that a task of `size` rows would join; undefined when it would open one. */
export function openBatchFor<T extends QueuedTask>(queue: BatchQueue<T>, size: number): Batch<T> | undefined {
  const last = queue.batches.at(-1);
  return last !== undefined && !last.closed && last.rows + size <= queue.policy.maxBatchSize ? last : undefined;
}
