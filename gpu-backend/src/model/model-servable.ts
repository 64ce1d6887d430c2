import {
  type AnyTensor,
  type CallContext,
  completeInputs,
  type NamedTensors,
  type Signature,
  type StatusError,
  validateInputs,
} from '@tensorfleet/core';
import type { BatchPolicy } from '../batching/batch-policy.ts';
import { sizeError } from '../batching/batch-queue.ts';
import type { BatchScheduler } from '../batching/batch-scheduler.ts';
import type { ServableId } from '../lifecycle/servable.ts';
import type { EngineChoice } from './engine-choice.ts';
import { executeBatch, type InferenceTask } from './inference-batch.ts';
import type { ModelExecutor } from './model-executor.ts';
import type { PreparedModel } from './model-preparer.ts';
import { batchKeyOf, concatenate, rowsOf, sliceRows } from './tensor-batching.ts';

/** What a handle exposes: a version that can predict. */
export interface ModelServable {
  readonly id: ServableId;
  readonly signatures: ReadonlyMap<string, Signature>;
  /** JSON for the gateway: how to make inputs of a payload and an answer of outputs. */
  readonly pipeline: string | undefined;
  readonly choice: EngineChoice;
  readonly executor: ModelExecutor;
  /**
   * Runs one of `signatures` over all rows of the request.
   * Rejects with INVALID_ARGUMENT for inputs that do not fit it, UNAVAILABLE when the queue is full or the worker
   * died, RESOURCE_EXHAUSTED when the answer is not expected in time, the signal's reason when the call ended while
   * queued.
   */
  predict(signature: Signature, inputs: NamedTensors, context: CallContext): Promise<NamedTensors>;
  /** Why a request of one row would be refused now, to be asked before its body is read; undefined when it may run. */
  refusal(context: Pick<CallContext, 'deadline'>): StatusError | undefined;
  /** Requests that wait for a batch slot. */
  readonly queuedTasks: number;
  /** As the batch scheduler is. */
  readonly isSaturated: boolean;
  /** Finishes what was accepted, then frees the model. */
  close(): Promise<void>;
}

export interface ModelServableParts {
  readonly id: ServableId;
  readonly signatures: ReadonlyMap<string, Signature>;
  /** Names of the signatures whose requests may share a run. */
  readonly batchable: ReadonlySet<string>;
  readonly pipeline: string | undefined;
  /** What the executor runs; released after it. */
  readonly model: Pick<PreparedModel, 'choice' | typeof Symbol.asyncDispose>;
  readonly executor: ModelExecutor;
  readonly policy: BatchPolicy;
  readonly createScheduler: (
    execute: (tasks: readonly InferenceTask[], rows: number) => Promise<readonly (NamedTensors | StatusError)[]>,
  ) => BatchScheduler<InferenceTask, NamedTensors>;
}

export function createModelServable(parts: ModelServableParts): ModelServable {
  const { executor, policy } = parts;
  const scheduler = parts.createScheduler((tasks, rows) => executeBatch(executor, policy, tasks, rows));
  let soloTasks = 0;

  const taskOf = ({ name: signature, inputs: specs }: Signature, given: NamedTensors): InferenceTask => {
    const inputs = inOrderOf(specs, given);
    const rows = parts.batchable.has(signature) ? rowsOf(inputs) : undefined;
    const isAlone = rows === undefined || !policy.sharesBatches;
    const costKey = batchKeyOf(signature, inputs);
    const key = isAlone ? `alone ${soloTasks++}` : batchKeyOf(signature, inputs, policy.padVariableLengthInputs);
    return { signature, inputs, rows, key, costKey };
  };

  return {
    id: parts.id,
    signatures: parts.signatures,
    pipeline: parts.pipeline,
    choice: parts.model.choice,
    executor,
    get queuedTasks() {
      return scheduler.queuedTasks;
    },
    get isSaturated() {
      return scheduler.isSaturated;
    },
    async predict(signature, inputs, context) {
      const complete = completeInputs(signature, inputs);
      validateInputs(signature, complete);
      const task = taskOf(signature, complete);
      if (task.rows === undefined || task.rows <= policy.maxBatchSize) {
        return scheduler.submit(task, task.rows ?? 1, context);
      }
      const refusal = sizeError(task.rows, policy.maxRequestRows) ?? scheduler.refusal(context, task.rows);
      if (refusal !== undefined) {
        throw refusal;
      }
      return predictInParts(scheduler, task, task.rows, policy.maxBatchSize, context);
    },
    refusal: (context) => scheduler.refusal(context),
    async close() {
      await scheduler.close();
      await executor[Symbol.asyncDispose]();
      await parts.model[Symbol.asyncDispose]();
    },
  };
}

/** Callers name inputs in any order, which must not keep their requests apart. */
function inOrderOf(specs: Signature['inputs'], inputs: NamedTensors): NamedTensors {
  return new Map(
    specs.keys().flatMap((name): [string, AnyTensor][] => {
      const input = inputs.get(name);
      return input === undefined ? [] : [[name, input]];
    }),
  );
}

/** A request larger than a batch runs as several, one after the other, so that it never fills the queue. */
async function predictInParts(
  scheduler: BatchScheduler<InferenceTask, NamedTensors>,
  task: InferenceTask,
  rows: number,
  maxRows: number,
  context: CallContext,
): Promise<NamedTensors> {
  const parts: NamedTensors[] = [];
  for (let start = 0; start < rows; start += maxRows) {
    const end = Math.min(start + maxRows, rows);
    const part = { ...task, inputs: sliceRows(task.inputs, start, end), rows: end - start };
    parts.push(await scheduler.submit(part, end - start, context, { isContinuation: start > 0 }));
  }
  return concatenate(parts, rows);
}
