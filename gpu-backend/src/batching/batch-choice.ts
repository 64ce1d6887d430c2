import type { Deadline } from '@tensorfleet/core';
import { HEADROOM } from './admission.ts';

/** What is known of a queued task when a batch is put together; times in the scheduler's milliseconds. */
export interface WaitingTask {
  readonly size: number;
  readonly queuedAt: number;
  readonly context: { readonly deadline: Deadline };
  /** It was let in to find out what it costs: expectations do not end it. */
  readonly isTrial: boolean;
}

export interface BatchLimits {
  readonly now: number;
  readonly targetMs: number;
  /** Rows beyond which a larger batch only keeps its first tasks waiting. */
  readonly worthwhileRows: number;
  /** Milliseconds that a batch takes; undefined while nobody knows. */
  readonly expectedMs: (rows: number) => number | undefined;
}

export interface BatchChoice {
  /** How many of the oldest tasks leave the queue now: those that run and those that are late. */
  readonly count: number;
  /** Places of those that cannot be answered in time any more. */
  readonly late: ReadonlySet<number>;
}

/**
 * Which of the oldest tasks, in their order, run as one batch now. A task joins while larger batches are worthwhile and
 * this one is expected to end in time for all that are in it. A task is given up when it makes the batch so small that
 * those behind it would be late in turn: else one pause makes small batches, which make the queue late, for good.
 */
export function chooseBatch(tasks: readonly WaitingTask[], limits: BatchLimits): BatchChoice {
  const late = new Set<number>();
  const dues = tasks.map((task) => dueOf(task, limits));
  for (let first = 0; first < tasks.length; first++) {
    const grown = dues[first] === undefined ? undefined : grow(tasks, dues, first, limits);
    if (grown !== undefined && !grown.delaysNext) {
      for (let index = first; index < grown.end; index++) {
        if (dues[index] === undefined) {
          late.add(index);
        }
      }
      return { count: grown.end, late };
    }
    late.add(first);
  }
  return { count: tasks.length, late };
}

/** The batch that begins with the task at `first`. */
function grow(
  tasks: readonly WaitingTask[],
  dues: readonly (number | undefined)[],
  first: number,
  limits: BatchLimits,
): { readonly end: number; readonly delaysNext: boolean } {
  let rows = 0;
  let due = Number.POSITIVE_INFINITY;
  for (let end = first; end < tasks.length; end++) {
    const taskDue = dues[end];
    const size = tasks[end]?.size ?? 0;
    if (taskDue === undefined) {
      continue;
    }
    if (end > first && rows + size > limits.worthwhileRows) {
      return { end, delaysNext: false };
    }
    if (end > first && endOf(rows + size, limits) > Math.min(due, taskDue)) {
      const behind = Math.min(rowsFrom(tasks, end), limits.worthwhileRows - rows);
      const nextEnd = endOf(rows, limits) + endOf(behind, limits) - limits.now;
      return { end, delaysNext: due < taskDue && nextEnd > taskDue };
    }
    rows += size;
    due = Math.min(due, taskDue);
  }
  return { end: tasks.length, delaysNext: false };
}

function rowsFrom(tasks: readonly WaitingTask[], start: number): number {
  let rows = 0;
  for (let index = start; index < tasks.length; index++) {
    rows += tasks[index]?.size ?? 0;
  }
  return rows;
}

/**
 * When the task's batch has to end: before its deadline and within the target. What is late for the target even alone
 * is answered as soon as possible, and larger batches clear the queue sooner. Undefined when it is late for its deadline.
 */
function dueOf(task: WaitingTask, limits: BatchLimits): number | undefined {
  const { deadline } = task.context;
  const aloneAt = endOf(task.size, limits);
  if (deadline <= limits.now || (aloneAt > deadline && !task.isTrial)) {
    return undefined;
  }
  const target = task.queuedAt + limits.targetMs;
  return Math.min(deadline, aloneAt > target ? Number.POSITIVE_INFINITY : target);
}

function endOf(rows: number, { now, expectedMs }: BatchLimits): number {
  return now + (expectedMs(rows) ?? 0) * HEADROOM;
}
