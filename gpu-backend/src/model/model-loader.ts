import type { Logger, NamedTensors } from '@tensorfleet/core';
import type { Manifest } from '@tensorfleet/repository';
import type { BatchPolicy, BatchPolicyOptions } from '../batching/batch-policy.ts';
import { type BatchStats, createBatchScheduler } from '../batching/shared-batch-scheduler.ts';
import type { Loader, ServableId } from '../lifecycle/servable.ts';
import type { ModelVersion } from '../repository/model-repository.ts';
import type { InferenceTask } from './inference-batch.ts';
import { costKeysOf, profiledCosts } from './inference-costs.ts';
import type { SessionDescription } from './inference-messages.ts';
import { createModelServable, type ModelServable } from './model-servable.ts';
import { type OpenModel, type OpenModelOptions, openModel } from './open-model.ts';
import { type NamedSignature, namedSignatures, withNamedSignatures } from './signatures/named-signatures.ts';
import { type BatchingSettings, versionPolicy } from './version-policy.ts';
import { rehearsalScheduler } from './warmup/rehearsal.ts';
import { type WarmupOptions, type WarmupReport, warmUp } from './warmup/warm-up.ts';

export interface ModelLoaderOptions extends OpenModelOptions {
  readonly batching: BatchingSettings;
  /** The parameters in a version's own file; undefined when it has none. */
  readonly readBatchingParameters?: (directory: string) => BatchPolicyOptions | undefined;
  readonly onBatch: (id: ServableId, stats: BatchStats) => void;
  readonly onPlaced: (id: ServableId, model: OpenModel) => void;
  readonly warmup: WarmupOptions;
  /** A version has been warmed up, and becomes available. */
  readonly onWarmedUp: (version: ModelVersion, report: WarmupReport) => void;
  readonly log: Logger;
}

/** Bytes of memory per byte of model files: TensorFlow Serving's estimate. */
const MEMORY_PER_FILE_BYTE = 1.2;

/** Loads one version. */
export function createModelLoader(version: ModelVersion, options: ModelLoaderOptions): Loader<ModelServable> {
  const id = { name: version.model, version: version.version };
  return {
    id,
    revision: version,
    place: version.directory,
    estimate: () => ({ memoryBytes: Math.ceil(version.bytes * MEMORY_PER_FILE_BYTE) }),
    async load(signal) {
      const policy = policyOf(version, options);
      const model = await openModel(version, policy.maxBatchSize, options, signal);
      const { executor, description, prepared } = model;
      const named = await namedSignaturesOf(model, version);
      options.onPlaced(id, model);
      const parts = {
        id,
        signatures: description.signatures,
        batchable: batchableOf(description),
        pipeline: pipelineOf(version.manifest),
        model: prepared,
        executor,
        policy,
      };
      const defer = (run: () => void): void => void setImmediate(run);
      const own = createModelServable({
        ...parts,
        createScheduler: (execute) =>
          createBatchScheduler<InferenceTask, NamedTensors>({
            policy,
            keyOf: (task) => task.key,
            costKeysOf,
            costs: profiledCosts(description, policy),
            execute,
            slots: executor.slots,
            clock: options.clock,
            defer,
            onBatch: (stats) => options.onBatch(id, stats),
          }),
      });
      const servable = withNamedSignatures(own, named);
      const alone = createModelServable({
        ...parts,
        createScheduler: (execute) => rehearsalScheduler(execute, defer),
      });
      const rehearsal = withNamedSignatures(alone, named);
      try {
        const { clock, log, warmup } = options;
        const { profiles } = description;
        options.onWarmedUp(
          version,
          await warmUp({ rehearsal, version, options: warmup, profiles, policy, clock, log }, signal),
        );
        return servable;
      } catch (reason) {
        await servable.close();
        throw reason;
      }
    },
    unload: (servable) => servable.close(),
  };
}

function policyOf(
  { directory, manifest }: ModelVersion,
  { batching, readBatchingParameters }: ModelLoaderOptions,
): BatchPolicy {
  return versionPolicy(batching, manifest, readBatchingParameters?.(directory));
}

/** A model whose manifest does not fit it is given back. */
async function namedSignaturesOf(
  { description, executor, prepared }: OpenModel,
  { manifest }: ModelVersion,
): Promise<ReadonlyMap<string, NamedSignature>> {
  try {
    return namedSignatures(description.signatures, manifest?.signatures);
  } catch (reason) {
    await executor[Symbol.asyncDispose]();
    await prepared[Symbol.asyncDispose]();
    throw reason;
  }
}

function batchableOf({ profiles }: SessionDescription): ReadonlySet<string> {
  return new Set([...profiles].filter(([, profile]) => profile.batchable).map(([name]) => name));
}

function pipelineOf(manifest: Manifest | undefined): string | undefined {
  const { preprocess, features, postprocess } = manifest ?? {};
  const pipeline = JSON.stringify({ preprocess, features, postprocess });
  return pipeline === '{}' ? undefined : pipeline;
}
