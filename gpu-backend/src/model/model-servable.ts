import {
  type CallContext,
  Code,
  completeInputs,
  internal,
  type NamedTensors,
  type Signature,
  StatusError,
  validateInputs,
} from '@tensorfleet/core';
import { type BatchPolicy, executedRows } from '../batching/batch-policy.ts';
import type { BatchScheduler } from '../batching/batch-scheduler.ts';
import type { ServableId } from '../lifecycle/servable.ts';
import type { EngineChoice } from './engine-choice.ts';
import type { ModelExecutor } from './model-executor.ts';
import type { PreparedModel } from './model-preparer.ts';
import { batchKeyOf, concatenate, copyOf, hasRows, rowsOf, sliceRows } from './tensor-batching.ts';

/** One request's share of a batch. `rows` is undefined when it must run alone. */
export interface InferenceTask {
  readonly signature: string;
  readonly inputs: NamedTensors;
  readonly rows: number | undefined;
  readonly key: string;
}

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
   * died, the signal's reason when the call ended while queued.
   */
  predict(signature: Signature, inputs: NamedTensors, context: CallContext): Promise<NamedTensors>;
  /** Requests that wait for a batch slot. */
  readonly queuedTasks: number;
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

  const taskOf = (signature: string, inputs: NamedTensors): InferenceTask => {
    const rows = parts.batchable.has(signature) ? rowsOf(inputs) : undefined;
    const key = rows === undefined ? `alone ${soloTasks++}` : batchKeyOf(signature, inputs);
    return { signature, inputs, rows, key };
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
    async predict(signature, inputs, context) {
      const complete = completeInputs(signature, inputs);
      validateInputs(signature, complete);
      const task = taskOf(signature.name, complete);
      if (task.rows === undefined || task.rows <= policy.maxBatchSize) {
        return scheduler.submit(task, task.rows ?? 1, context);
      }
      return predictInParts(scheduler, task, task.rows, policy.maxBatchSize, context);
    },
    async close() {
      await scheduler.close();
      await executor[Symbol.asyncDispose]();
      await parts.model[Symbol.asyncDispose]();
    },
  };
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
    parts.push(await scheduler.submit(part, end - start, context));
  }
  return concatenate(parts, rows);
}

/** One run for all tasks; when the model refuses the batch, one run each, so that a bad task fails alone. */
async function executeBatch(
  executor: ModelExecutor,
  policy: BatchPolicy,
  tasks: readonly InferenceTask[],
  rows: number,
): Promise<readonly (NamedTensors | StatusError)[]> {
  try {
    return await runTogether(executor, policy, tasks, rows);
  } catch (reason) {
    const error = StatusError.from(reason);
    if (tasks.length === 1 || error.code !== Code.InvalidArgument) {
      throw error;
    }
  }
  const results: (NamedTensors | StatusError)[] = [];
  for (const task of tasks) {
    const alone = runTogether(executor, policy, [task], task.rows ?? 1);
    results.push(...(await alone.catch((reason: unknown) => [StatusError.from(reason)])));
  }
  return results;
}

async function runTogether(
  executor: ModelExecutor,
  policy: BatchPolicy,
  tasks: readonly InferenceTask[],
  rows: number,
): Promise<readonly NamedTensors[]> {
  const first = tasks[0];
  if (first === undefined) {
    return [];
  }
  if (first.rows === undefined) {
    return [await executor.run(first.signature, ownedBy(executor, first.inputs))];
  }
  const totalRows = executedRows(policy, rows);
  const together = tasks.length > 1 || totalRows > rows;
  const inputs = together
    ? concatenate(
        tasks.map((task) => task.inputs),
        totalRows,
      )
    : ownedBy(executor, first.inputs);
  const outputs = await executor.run(first.signature, inputs);
  if (!hasRows(outputs, totalRows)) {
    throw internal(`the model's outputs do not have the ${totalRows} rows of its inputs`, { rows: String(totalRows) });
  }
  return splitOutputs(outputs, tasks);
}

/** Views into a received message must not be transferred with their neighbours; on this thread they may stay views. */
function ownedBy(executor: ModelExecutor, inputs: NamedTensors): NamedTensors {
  return executor.placement === 'inline' ? inputs : copyOf(inputs);
}

function splitOutputs(outputs: NamedTensors, tasks: readonly InferenceTask[]): readonly NamedTensors[] {
  let start = 0;
  return tasks.map((task) => {
    const end = start + (task.rows ?? 0);
    const share = sliceRows(outputs, start, end);
    start = end;
    return share;
  });
}
