import { type Clock, internal, type NamedTensors, StatusError } from '@tensorfleet/core';
import { type BatchPolicy, type BatchPolicyOptions, resolveBatchPolicy } from '../batching/batch-policy.ts';
import { type BatchStats, createBatchScheduler } from '../batching/shared-batch-scheduler.ts';
import type { Device } from '../engine/engine.ts';
import { onnxEngine } from '../engine/onnx-engine.ts';
import type { Loader, ServableId } from '../lifecycle/servable.ts';
import type { Manifest } from '../repository/manifest.ts';
import type { ModelVersion } from '../repository/model-repository.ts';
import { createWorkerPool, type WorkerPool } from '../workers/worker-pool.ts';
import type {
  InferenceRequest,
  InferenceResponse,
  InferenceWorkerData,
  SessionDescription,
} from './inference-messages.ts';
import type { InlineTrial } from './inline-trial.ts';
import { resolveModelArtifact } from './model-artifact.ts';
import { inlineExecutor, type ModelExecutor, workerExecutor } from './model-executor.ts';
import { createModelServable, type InferenceTask, type ModelServable } from './model-servable.ts';

export interface ModelLoaderOptions {
  readonly clock: Clock;
  readonly device: Device;
  /** Workers per version that does not run inline; each holds the weights once. */
  readonly workersPerModel: number;
  /** A call that takes longer costs its worker; milliseconds. */
  readonly workerTimeoutMs: number;
  /** The server's own settings; they win over the manifest's. */
  readonly batching: BatchPolicyOptions;
  /** Finds the models that run inline. */
  readonly trial: InlineTrial;
  /** Entry of the worker threads. */
  readonly workerEntry: URL;
  readonly onBatch: (id: ServableId, stats: BatchStats) => void;
  readonly onPlaced: (id: ServableId, executor: ModelExecutor, loadMs: number) => void;
  readonly onWorkerLost: (id: ServableId, reason: string) => void;
}

/** Bytes of memory per byte of model files: TensorFlow Serving's estimate. */
const MEMORY_PER_FILE_BYTE = 1.2;

/** Loads one version: on this thread when a trial says that it is quick enough to run here, else in workers. */
export function createModelLoader(version: ModelVersion, options: ModelLoaderOptions): Loader<ModelServable> {
  const id = { name: version.model, version: version.version };
  return {
    id,
    revision: version,
    estimate: () => ({ memoryBytes: Math.ceil(version.bytes * MEMORY_PER_FILE_BYTE) }),
    async load(signal) {
      const data = { artifact: await resolveModelArtifact(version), device: options.device };
      const policy = policyOf(options.batching, version.manifest);
      const { executor, description } = await createExecutor(id, data, policy.maxBatchSize, options, signal);
      options.onPlaced(id, executor, description.loadMs);
      return createModelServable({
        id,
        signatures: description.signatures,
        batchable: batchableOf(description),
        pipeline: pipelineOf(version.manifest),
        executor,
        policy,
        createScheduler: (execute) =>
          createBatchScheduler<InferenceTask, NamedTensors>({
            policy,
            keyOf: (task) => task.key,
            execute,
            slots: executor.slots,
            clock: options.clock,
            defer: (run) => setImmediate(run),
            onBatch: (stats) => options.onBatch(id, stats),
          }),
      });
    },
    unload: (servable) => servable.close(),
  };
}

function policyOf(own: BatchPolicyOptions, manifest: Manifest | undefined): BatchPolicy {
  const theirs = manifest?.batching ?? {};
  return resolveBatchPolicy({
    ...(theirs.max_batch_size !== undefined && { maxBatchSize: theirs.max_batch_size }),
    ...(theirs.batch_timeout_micros !== undefined && { batchTimeoutMs: theirs.batch_timeout_micros / 1000 }),
    ...(theirs.max_enqueued_batches !== undefined && { maxEnqueuedBatches: theirs.max_enqueued_batches }),
    ...(theirs.allowed_batch_sizes !== undefined && { allowedBatchSizes: theirs.allowed_batch_sizes }),
    ...own,
  });
}

function batchableOf({ profiles }: SessionDescription): ReadonlySet<string> {
  return new Set([...profiles].filter(([, profile]) => profile.batchable).map(([name]) => name));
}

function pipelineOf(manifest: Manifest | undefined): string | undefined {
  const { preprocess, postprocess } = manifest ?? {};
  return preprocess === undefined && postprocess === undefined
    ? undefined
    : JSON.stringify({ preprocess, postprocess });
}

interface LoadedModel {
  readonly executor: ModelExecutor;
  readonly description: SessionDescription;
}

async function createExecutor(
  id: ServableId,
  data: InferenceWorkerData,
  maxRows: number,
  options: ModelLoaderOptions,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const description = await options.trial.describe(data, maxRows, signal);
  if (description !== undefined) {
    return { description, executor: inlineExecutor(await onnxEngine.load(data.artifact, data.device)) };
  }
  const pool = createInferencePool(id, data, options);
  const abort = (): void => void pool.destroy(StatusError.from(signal.reason));
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    await pool.ready;
    const answer = await pool.call({ kind: 'describe', maxRows }, []);
    if (answer.kind !== 'description') {
      throw internal('the worker did not describe its model');
    }
    return { description: answer, executor: workerExecutor(pool, options.workersPerModel) };
  } catch (reason) {
    const error = StatusError.from(reason);
    await pool.destroy(error);
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function createInferencePool(
  id: ServableId,
  workerData: InferenceWorkerData,
  options: ModelLoaderOptions,
): WorkerPool<InferenceRequest, InferenceResponse> {
  let loaded = false;
  return createWorkerPool({
    entry: options.workerEntry,
    workerData,
    size: options.workersPerModel,
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
