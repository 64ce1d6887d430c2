import { type Clock, unavailable } from '@tensorfleet/core';
import { createWorkerPool, type WorkerPool } from '../workers/worker-pool.ts';
import type { InferenceWorkerData, SessionDescription, TrialRequest } from './inference-messages.ts';
import { placementOf } from './placement.ts';

/**
 * Finds the models that may run on the main thread, by running them on another one first.
 *
 * One thread serves all trials and lives as long as the server: a thread per load costs a fifth of a second, and
 * memory that the allocator gives back late.
 */
export interface InlineTrial extends AsyncDisposable {
  /**
   * What a model is and costs, when it is quick enough to run inline; undefined when it needs a worker.
   * Rejects with the engine's error when it does not load, with the signal's reason when the load is over.
   */
  describe(data: InferenceWorkerData, maxRows: number, signal: AbortSignal): Promise<SessionDescription | undefined>;
}

const TRIAL_WORKER = new URL('./trial-worker.ts', import.meta.url);

export interface InlineTrialOptions {
  readonly clock: Clock;
  /** A trial that takes longer fails its load; milliseconds. */
  readonly timeoutMs: number;
}

type TrialPool = WorkerPool<TrialRequest, SessionDescription | undefined>;

export function createInlineTrial({ clock, timeoutMs }: InlineTrialOptions): InlineTrial {
  let pool: TrialPool | undefined;
  const openPool = (): TrialPool => {
    const opened: TrialPool = createWorkerPool({ entry: TRIAL_WORKER, callTimeoutMs: timeoutMs, clock });
    opened.ready.catch(() => {
      pool = undefined; // a thread that did not start is tried again with the next load
    });
    return opened;
  };
  return {
    async describe(data, maxRows, signal) {
      pool ??= openPool();
      const description = await pool.call({ ...data, maxRows }, [], signal);
      return description !== undefined && placementOf(description) === 'inline' ? description : undefined;
    },
    async [Symbol.asyncDispose]() {
      await pool?.destroy(unavailable('the server is shutting down'));
    },
  };
}
