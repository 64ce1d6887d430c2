import type { NamedTensors, StatusError } from '@tensorfleet/core';
import type { Session } from '../engine/engine.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import { type InferenceRequest, type InferenceResponse, packStrings, transferListOf } from './inference-messages.ts';
import type { Placement } from './placement.ts';

/** Runs a loaded model, on this thread or on others. Disposing finishes running calls and frees the model. */
export interface ModelExecutor extends AsyncDisposable {
  readonly placement: Placement;
  /** Calls of `run` that may be under way at once. */
  readonly slots: number;
  /**
   * Takes the buffers behind `inputs`, which the caller must not touch afterwards.
   * Rejects with the session's errors, and with UNAVAILABLE when the worker died or hung.
   */
  run(signature: string, inputs: NamedTensors): Promise<NamedTensors>;
  /** Ends calls that run on other threads, with `reason`, and what follows them; the executor is still to be disposed. */
  abort(reason: StatusError): void;
}

/** Runs on the calling thread, one call at a time. */
export function inlineExecutor(session: Session): ModelExecutor {
  return {
    placement: 'inline',
    slots: 1,
    run: (signature, inputs) => session.run(signature, inputs),
    abort: () => undefined, // a run is short here
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Runs in a pool of `slots` workers, each with its own session. Tensor data is moved there and back. */
export function workerExecutor(pool: WorkerPool<InferenceRequest, InferenceResponse>, slots: number): ModelExecutor {
  return {
    placement: 'worker',
    slots,
    async run(signature, inputs) {
      const sent = packStrings(inputs);
      const response = await pool.call({ kind: 'run', signature, inputs: sent }, transferListOf(sent));
      return response.kind === 'outputs' ? response.outputs : new Map();
    },
    abort: (reason) => void pool.destroy(reason), // never rejects
    [Symbol.asyncDispose]: () => pool.close(),
  };
}
