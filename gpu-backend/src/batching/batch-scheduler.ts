import type { CallContext } from '@tensorfleet/core';

/** Collects tasks of equal key into batches; generic in the task, knows nothing of tensors. */
export interface BatchScheduler<In, Out> {
  /**
   * Queues a task of `size` rows. Decided at once: rejects with UNAVAILABLE when the queue is full or closed,
   * INVALID_ARGUMENT when the task is larger than a batch; rejects later with the signal's reason, when the call
   * ends before its batch starts, or with the batch's own error. Never throws.
   */
  submit(input: In, size: number, context: CallContext): Promise<Out>;
  /** Tasks that wait for a batch slot. */
  readonly queuedTasks: number;
  /** Refuses new tasks and resolves when the accepted ones are done. Idempotent. */
  close(): Promise<void>;
}
