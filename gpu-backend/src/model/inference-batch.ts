import { type AnyTensor, Code, internal, type NamedTensors, StatusError } from '@tensorfleet/core';
import { type BatchPolicy, executedRows } from '../batching/batch-policy.ts';
import type { ModelExecutor } from './model-executor.ts';
import { concatenate, copyOf, hasRows, sliceRows } from './tensor-batching.ts';
import { addPadding, maxDimSizes } from './variable-length.ts';

/** One request's share of a batch. `rows` is undefined when it must run alone. */
export interface InferenceTask {
  readonly signature: string;
  readonly inputs: NamedTensors;
  readonly rows: number | undefined;
  /** Tasks of equal key may share a run; those of equal `costKey` take as long for as many rows. */
  readonly key: string;
  readonly costKey: string;
}

/** Padding up to this many elements of one input is not looked at twice. */
const SMALL_PADDED_INPUT = 2 ** 20;
/** Beyond, it may not multiply what the tasks sent by more than this: one long request must not fill the memory. */
const MAX_PADDING_FACTOR = 4;

/** One run for all tasks; when the model refuses the batch, one run each, so that a bad task fails alone. */
export async function executeBatch(
  executor: ModelExecutor,
  policy: BatchPolicy,
  tasks: readonly InferenceTask[],
  rows: number,
): Promise<readonly (NamedTensors | StatusError)[]> {
  const equal = policy.padVariableLengthInputs && tasks.length > 1 ? padToEqual(tasks, policy.paddingValue) : tasks;
  try {
    if (equal !== undefined) {
      return await runTogether(executor, policy, equal, rows);
    }
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

/**
 * The tasks with inputs padded to equal shapes, but for the rows; undefined when that would be far more data than they
 * sent. Outputs are given back as the model made them, with what it made of the padding, as TensorFlow Serving does.
 */
export function padToEqual(
  tasks: readonly InferenceTask[],
  paddingValue: number | undefined,
): readonly InferenceTask[] | undefined {
  const padded = tasks.map(() => new Map<string, AnyTensor>());
  for (const name of tasks[0]?.inputs.keys() ?? []) {
    const parts = tasks.flatMap(({ inputs }) => inputs.get(name) ?? []);
    const sizes = maxDimSizes(parts);
    const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
    const elements = sizes.reduce((product, size) => product * size, rows);
    const sent = parts.reduce((sum, { data }) => sum + data.length, 0);
    if (elements > SMALL_PADDED_INPUT && elements > MAX_PADDING_FACTOR * sent) {
      return undefined;
    }
    for (const [index, part] of parts.entries()) {
      padded[index]?.set(name, addPadding(part, sizes, paddingValue));
    }
  }
  return tasks.map((task, index) => ({ ...task, inputs: padded[index] ?? task.inputs }));
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
