import type { CallContext, StatusError } from '@tensorfleet/core';

/** What a task may say about itself. */
export interface TaskTraits {
  /** Part of a request whose earlier parts have run: it is not refused for waiting, which would waste them. */
  readonly isContinuation?: boolean;
}

/** Collects tasks of equal key into batches; generic in the task, knows nothing of tensors. */
export interface BatchScheduler<In, Out> {
  /**
   * Queues a task of `size` rows. Decided at once: rejects with UNAVAILABLE when the queue is full or closed,
   * INVALID_ARGUMENT when the task is larger than a batch, RESOURCE_EXHAUSTED when it is not expected to be answered
   * within the target latency and its deadline (`retryAfterMs` in the details says when to come back). Rejects later
   * with the signal's reason when the call ends before its batch starts, RESOURCE_EXHAUSTED when its batch could not
   * end in time any more, or with the batch's own error. Never throws.
   */
  submit(input: In, size: number, context: CallContext, traits?: TaskTraits): Promise<Out>;
  /**
   * Why any task of `size` rows, perhaps in several batches, would be refused now: to be asked before it costs anything
   * to make the task. Undefined when it may be accepted.
   */
  refusal(context: Pick<CallContext, 'deadline'>, size?: number): StatusError | undefined;
  /** Tasks that wait for a batch slot. */
  readonly queuedTasks: number;
  /** Every slot is taken and tasks wait for one: more work makes them wait longer. */
  readonly isSaturated: boolean;
  /** Refuses new tasks and resolves when the accepted ones are done. Idempotent. */
  close(): Promise<void>;
}
