import { deadlineExceeded, resourceExhausted, type StatusError } from '@tensorfleet/core';

/** A batch that runs. */
export interface RunningBatch {
  readonly elapsedMs: number;
  /** Undefined while nobody knows what it costs. */
  readonly expectedMs: number | undefined;
}

/** What stands between a task and its batch. */
export interface Backlog {
  readonly slots: number;
  readonly running: readonly RunningBatch[];
  /** Expected milliseconds of the batches that run before its own. */
  readonly queuedMs: number;
}

/**
 * Milliseconds until a slot is free for what is queued last; what nobody knows the cost of counts nothing. Slots take
 * the queue's work as it comes, so the time is that at which the work ahead is spread evenly over them.
 */
export function expectedStartMs({ slots, running, queuedMs }: Backlog): number {
  const freeIn = [...running.map(remainingMs), ...Array<number>(Math.max(slots - running.length, 0)).fill(0)];
  freeIn.sort((a, b) => a - b);
  let startMs = 0;
  let sum = 0;
  for (const [index, ms] of freeIn.entries()) {
    if (index > 0 && ms >= startMs) {
      break;
    }
    sum += ms;
    startMs = (sum + queuedMs) / (index + 1);
  }
  return startMs;
}

/** A batch that takes longer than expected is expected to take as much longer again. */
function remainingMs({ elapsedMs, expectedMs }: RunningBatch): number {
  return expectedMs === undefined ? 0 : Math.abs(expectedMs - elapsedMs);
}

/** What decides about a task; milliseconds from now. */
export interface Admission {
  /** Until its batch starts, without its company in that batch. */
  readonly startMs: number;
  /** Of its batch, with the task in it, and of the task alone. */
  readonly batchMs: number;
  readonly aloneMs: number;
  /** Of a batch as large as is worthwhile, which its batch may grow into before it starts. */
  readonly grownMs: number;
  /** Of the batches that the request needs after this one, with what they wait for. */
  readonly laterMs: number;
  /** Until its deadline; Infinity when it has none. */
  readonly leftMs: number;
  readonly targetMs: number;
  /** Nothing is queued. */
  readonly isNext: boolean;
  /** Nothing is queued and a slot is free. */
  readonly isIdle: boolean;
}

/** Of an expected time, since some batches take longer than expected. */
export const HEADROOM = 1.1;

/** Batches that would take more than this share of the time that a task has are put together smaller. */
const GROWTH_SHARE = 1 / 3;

/**
 * How much of the time that a task has may pass in a queue and in its batch. Under overload every queue is as long as
 * it may be, and a longer one serves nobody better: the rest is for the way from the caller and back.
 */
const QUEUE_SHARE = 0.7;

/** With less time left, milliseconds, no server would have answered, however idle: another attempt is no better. */
const MIN_LEFT_MS = 5;

/**
 * RESOURCE_EXHAUSTED for a task that waits too long to be answered in time. The deadline counts all of its time, the
 * target only what it waits for others: a long request is not refused for being long. DEADLINE_EXCEEDED when the
 * deadline is too short for an answer without waiting, too. An idle server tries whatever
 * comes, since only runs can correct an expectation; and one task may always wait for what runs.
 */
export function admissionError(task: Admission): StatusError | undefined {
  const { startMs, batchMs, aloneMs, leftMs, targetMs } = task;
  const growthMs = task.isNext ? 0 : Math.min(task.grownMs, leftMs * GROWTH_SHARE);
  const answerMs = (startMs + Math.max(batchMs, growthMs) + task.laterMs) * HEADROOM;
  const withinMs = leftMs * (task.isNext ? 1 : QUEUE_SHARE);
  if (answerMs > withinMs && !task.isIdle) {
    if (leftMs < Math.max(aloneMs * HEADROOM, MIN_LEFT_MS)) {
      return withoutStack(() => deadlineExceeded(`the deadline of the request leaves ${textOf(leftMs)} ms`));
    }
    return tooBusy(
      `the request would be answered in about ${textOf(answerMs)} ms, its deadline leaves ${textOf(withinMs)} ms`,
      answerMs - withinMs,
    );
  }
  const waitMs = startMs + batchMs - aloneMs;
  if (waitMs > targetMs && !task.isNext) {
    return tooBusy(
      `the request would wait for about ${textOf(waitMs)} ms, target_latency_ms is ${textOf(targetMs)}`,
      waitMs - targetMs,
    );
  }
  return undefined;
}

/** `retryAfterMs` in the details: how long the queue takes to become short enough. */
function tooBusy(message: string, retryAfterMs: number): StatusError {
  const details = { retryAfterMs: String(Math.max(Math.round(retryAfterMs), 1)) };
  return withoutStack(() => resourceExhausted(message, details));
}

/** Where a task was refused says nothing, and costs more than the rest of the refusal. */
function withoutStack(make: () => StatusError): StatusError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function textOf(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}
