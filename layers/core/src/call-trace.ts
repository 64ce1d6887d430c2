import type { Version } from './model-spec.ts';

/**
 * What became of a call on its way down, for those who count and log it when it is answered: each floor fills in what
 * it knows. Plain fields, since it is written for every request.
 */
export interface CallTrace {
  /** The inference API that was asked for; empty for other calls. */
  api: string;
  /** The model that answers, never a name that no model has; empty while it is not known. */
  model: string;
  version: Version | undefined;
  /** tf.Examples that were sent; 0 for APIs without. */
  examples: number;
  /** Rows that were queued, over all runs of the call. */
  rows: number;
  /** Milliseconds in batch queues, and in the batches that ran; summed over all runs of the call. */
  queueMs: number;
  runMs: number;
}

export function createCallTrace(): CallTrace {
  return { api: '', model: '', version: undefined, examples: 0, rows: 0, queueMs: 0, runMs: 0 };
}
