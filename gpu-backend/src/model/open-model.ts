import { type Clock, internal, StatusError } from '@tensorfleet/core';
import type { Device, ModelArtifact } from '../engine/engine.ts';
import type { Environment } from '../engine/tensorflow/environment.ts';
import type { ServableId } from '../lifecycle/servable.ts';
import type { ModelVersion } from '../repository/model-repository.ts';
import { createWorkerPool, type WorkerPool } from '../workers/worker-pool.ts';
import { engineFor } from './engines.ts';
import type {
  InferenceRequest,
  InferenceResponse,
  InferenceWorkerData,
  SessionDescription,
} from './inference-messages.ts';
import type { InlineTrial } from './inline-trial.ts';
import { inlineExecutor, type ModelExecutor, workerExecutor } from './model-executor.ts';
import type { PreparedModel, PrepareModel } from './model-preparer.ts';

export interface OpenModelOptions {
  readonly clock: Clock;
  readonly device: Device;
  readonly environment: Environment;
  /** Workers per version that neither runs inline nor has a state; each holds the weights once. */
  readonly workersPerModel: number;
  /** A call that takes longer costs its worker; milliseconds. */
  readonly workerTimeoutMs: number;
  readonly prepare: PrepareModel;
  /** Finds the models that run inline. */
  readonly trial: InlineTrial;
  /** Entry of the worker threads. */
  readonly workerEntry: URL;
  readonly onWorkerLost: (id: ServableId, reason: string) => void;
}

/** A version that can run. */
export interface OpenModel extends RunningModel {
  readonly prepared: PreparedModel;
}

interface RunningModel {
  readonly executor: ModelExecutor;
  readonly description: SessionDescription;
}

/**
 * Opens a version: on this thread when a trial says that it is quick enough to run here, else in workers. What cannot
 * be loaded by the engine that it was prepared for is loaded by another where there is one.
 */
export async function openModel(
  version: ModelVersion,
  maxRows: number,
  options: OpenModelOptions,
  signal: AbortSignal,
): Promise<OpenModel> {
  const id = { name: version.model, version: version.version };
  let prepared = await options.prepare(version, signal);
  for (;;) {
    const { device, environment } = options;
    try {
      const data = { artifact: prepared.artifact, device, environment };
      return { prepared, ...(await createExecutor(id, data, maxRows, options, signal)) };
    } catch (reason) {
      const error = StatusError.from(signal.aborted ? signal.reason : reason);
      if (signal.aborted) {
        await prepared[Symbol.asyncDispose]();
        throw error;
      }
      prepared = await prepared.instead(error);
    }
  }
}

async function createExecutor(
  id: ServableId,
  data: InferenceWorkerData,
  maxRows: number,
  options: OpenModelOptions,
  signal: AbortSignal,
): Promise<RunningModel> {
  const description = await options.trial.describe(data, maxRows, signal);
  if (description !== undefined) {
    const engine = await engineFor(data.artifact.format, data.environment);
    return { description, executor: inlineExecutor(await engine.load(data.artifact, data.device)) };
  }
  const workers = workersOf(data.artifact, options);
  const pool = createInferencePool(id, data, workers, options);
  const abort = (): void => void pool.destroy(StatusError.from(signal.reason));
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    await pool.ready;
    const answer = await pool.call({ kind: 'describe', maxRows }, []);
    if (answer.kind !== 'description') {
      throw internal('the worker did not describe its model');
    }
    return { description: answer, executor: workerExecutor(pool, workers) };
  } catch (reason) {
    const error = StatusError.from(reason);
    await pool.destroy(error);
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function workersOf({ hasState }: ModelArtifact, { workersPerModel }: OpenModelOptions): number {
  return hasState ? 1 : workersPerModel;
}

function createInferencePool(
  id: ServableId,
  workerData: InferenceWorkerData,
  size: number,
  options: OpenModelOptions,
): WorkerPool<InferenceRequest, InferenceResponse> {
  let loaded = false;
  return createWorkerPool({
    entry: options.workerEntry,
    workerData,
    size,
    callTimeoutMs: options.workerTimeoutMs,
    clock: options.clock,
    onEvent: (event) => {
      // Workers that never were ready are a failed load, which is reported as such.
      loaded ||= event.kind === 'worker-ready';
      if (event.kind === 'worker-lost' && loaded) {
        options.onWorkerLost(id, event.reason);
      }
    },
  });
}
