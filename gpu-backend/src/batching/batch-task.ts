import { type CallContext, type Clock, deadlineExceeded, internal, remainingMs, StatusError } from '@tensorfleet/core';

/** A submitted task and the two ends of its promise. */
export interface BatchTask<In, Out> {
  readonly input: In;
  /** Rows; zero is allowed. */
  readonly size: number;
  readonly context: CallContext;
  /** In the scheduler's milliseconds. */
  readonly queuedAt: number;
  /** It was let in to find out what it costs: expectations do not end it. */
  readonly isTrial: boolean;
  readonly resolve: (output: Out) => void;
  readonly reject: (error: StatusError) => void;
  /** Listens to the context's signal while the task is queued. */
  onAbort: () => void;
}

/**
 * Runs one batch of at least one task and `rows` rows in total, possibly zero. Answers one output per task, in their
 * order; an output that is a StatusError fails its own task only, a rejection fails all tasks of this batch.
 */
export type ExecuteBatch<In, Out> = (batch: readonly In[], rows: number) => Promise<readonly (Out | StatusError)[]>;

/** Why a task may not start at this time: its deadline has passed, whether or not its timer could say so yet. */
export function expiryOf<In, Out>(task: BatchTask<In, Out>, clock: Clock): StatusError | undefined {
  return remainingMs(clock, task.context.deadline) > 0
    ? undefined
    : deadlineExceeded('the deadline of the request has passed');
}

export function rowsOf<In, Out>(tasks: readonly BatchTask<In, Out>[]): number {
  return tasks.reduce((sum, task) => sum + task.size, 0);
}

/** Executes the batch and settles each of its tasks. Never rejects; true when the execution itself succeeded. */
export async function runBatch<In, Out>(
  tasks: readonly BatchTask<In, Out>[],
  rows: number,
  execute: ExecuteBatch<In, Out>,
): Promise<boolean> {
  try {
    const inputs = tasks.map((task) => task.input);
    settle(tasks, await execute(inputs, rows));
    return true;
  } catch (reason) {
    const error = StatusError.from(reason);
    for (const task of tasks) {
      task.reject(error);
    }
    return false;
  }
}

function settle<In, Out>(tasks: readonly BatchTask<In, Out>[], outputs: readonly (Out | StatusError)[]): void {
  if (outputs.length !== tasks.length) {
    throw internal(`the batch executor returned ${outputs.length} outputs for ${tasks.length} tasks`);
  }
  for (const [index, output] of outputs.entries()) {
    if (StatusError.is(output)) {
      tasks[index]?.reject(output);
    } else {
      tasks[index]?.resolve(output);
    }
  }
}
