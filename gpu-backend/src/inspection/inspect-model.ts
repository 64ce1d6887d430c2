import { StatusError, systemClock } from '@tensorfleet/core';
import type { Environment } from '../engine/tensorflow/environment.ts';
import { createWorkerPool } from '../workers/worker-pool.ts';
import type { InspectionRequest } from './inspect-location.ts';
import type { ModelInspection } from './model-inspection.ts';
import type { ModelLocation } from './model-location.ts';
import { createScratchDirectory } from './scratch-directory.ts';

export interface InspectOptions {
  /** The meta graph of a SavedModel. */
  readonly tags: readonly string[];
  /** Finds TensorFlow. */
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

const WORKER = new URL('./inspection-worker.ts', import.meta.url);
/** Longer than any model takes on a slow disk. */
const TIMEOUT_MS = 30 * 60_000;

/**
 * Everything about a model that can be known without a request: it is read, and converted or loaded as a server would,
 * in a temporary directory and a thread of its own. Rejects with the errors of reading, and with the signal's reason.
 */
export async function inspectModel(
  location: ModelLocation,
  { tags, environment, signal }: InspectOptions,
): Promise<ModelInspection> {
  await using scratch = await createScratchDirectory();
  const pool = createWorkerPool<InspectionRequest, ModelInspection>({
    entry: WORKER,
    callTimeoutMs: TIMEOUT_MS,
    clock: systemClock,
  });
  try {
    return await pool.call({ location, tags, environment, scratch: scratch.path }, [], signal);
  } catch (reason) {
    const error = StatusError.from(reason);
    await pool.destroy(error);
    throw error;
  } finally {
    await pool.close();
  }
}
