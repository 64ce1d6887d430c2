// Hot file: runs once per batch over all tensor data.
import {
  type AnyTensor,
  allocate,
  type DataOf,
  internal,
  type NamedTensors,
  type NumericDType,
  type Signature,
  type Tensor,
} from '@tensorfleet/core';
import { isPaddable } from './variable-length.ts';

/** The signature allows batching: the first dimension of every input and output is free. */
export function isBatchable(signature: Signature): boolean {
  const specs = [...signature.inputs.values(), ...signature.outputs.values()];
  return (
    signature.inputs.size > 0 && specs.every(({ shape }) => shape !== null && shape.length > 0 && shape[0] === null)
  );
}

/** Rows that all inputs share, or undefined when their first dimensions differ (they are no batch, then). */
export function rowsOf(inputs: NamedTensors): number | undefined {
  let rows: number | undefined;
  for (const { shape } of inputs.values()) {
    if (shape.length === 0 || (rows !== undefined && rows !== shape[0])) {
      return undefined;
    }
    rows = shape[0];
  }
  return rows;
}

/**
 * Tasks of equal key may share a run: same signature and same dimensions after the first, or the same number of them
 * where `pads` says that lengths may differ.
 */
export function batchKeyOf(signatureName: string, inputs: NamedTensors, pads = false): string {
  let key = JSON.stringify(signatureName);
  for (const [name, tensor] of inputs) {
    const { shape } = tensor;
    key += `|${JSON.stringify(name)}:${pads && isPaddable(tensor) ? `rank ${shape.length}` : shape.slice(1).join(',')}`;
  }
  return key;
}

/**
 * The tasks' tensors one below the other; up to `totalRows`, copies of the first row of the last task follow, which
 * the model takes if it takes that task.
 * Always fresh buffers, which the caller may transfer: this is the request path's first copy of tensor data.
 */
export function concatenate(tasks: readonly NamedTensors[], totalRows: number): NamedTensors {
  const batch = new Map<string, AnyTensor>();
  for (const [name, first] of tasks[0] ?? []) {
    const parts = tasks.map((task) => partOf(task, name));
    batch.set(name, concatenateOne(first, parts, totalRows));
  }
  return batch;
}

function partOf(task: NamedTensors, name: string): AnyTensor {
  const part = task.get(name);
  if (part === undefined) {
    throw internal(`a task of the batch has no input "${name}"`);
  }
  return part;
}

function concatenateOne(first: AnyTensor, parts: readonly AnyTensor[], totalRows: number): AnyTensor {
  const shape = [totalRows, ...first.shape.slice(1)];
  const width = first.shape.slice(1).reduce((count, size) => count * size, 1);
  if (first.dtype === 'STRING') {
    const data = parts.flatMap((part) => part.data as DataOf['STRING']); // equal keys have equal dtypes
    const row = (paddingRow(parts) ?? allocate('STRING', width)) as DataOf['STRING'];
    while (data.length < width * totalRows) {
      data.push(...row);
    }
    return { dtype: 'STRING', shape, data };
  }
  const data = allocate(first.dtype, width * totalRows) as Float32Array;
  let offset = 0;
  for (const part of parts) {
    // Equal keys have equal dtypes, so both sides are the same array class.
    data.set(part.data as Float32Array, offset);
    offset += part.data.length;
  }
  const row = paddingRow(parts) as Float32Array | undefined;
  for (; row !== undefined && width > 0 && offset < data.length; offset += width) {
    data.set(row, offset);
  }
  return { dtype: first.dtype, shape, data } as Tensor<NumericDType> as AnyTensor;
}

/** The first row of the last part that has rows; undefined when none has. */
function paddingRow(parts: readonly AnyTensor[]): AnyTensor['data'] | undefined {
  const last = parts.findLast(({ shape }) => (shape[0] ?? 0) > 0);
  return last && viewOf(last, 0, last.data.length / (last.shape[0] ?? 1));
}

/** The same tensors in fresh buffers, which the caller may transfer: the first copy, for a task that runs alone. */
export function copyOf(tensors: NamedTensors): NamedTensors {
  return new Map(
    Array.from(tensors, ([name, { dtype, shape, data }]): [string, AnyTensor] => [
      name,
      { dtype, shape, data: data.slice() } as AnyTensor, // slice keeps the class that dtype names
    ]),
  );
}

/** Rows `start` to `end` of every tensor, as views. */
export function sliceRows(tensors: NamedTensors, start: number, end: number): NamedTensors {
  const slices = new Map<string, AnyTensor>();
  for (const [name, tensor] of tensors) {
    const rows = tensor.shape[0] ?? 1;
    const width = rows === 0 ? 0 : tensor.data.length / rows;
    const shape = [end - start, ...tensor.shape.slice(1)];
    slices.set(name, { dtype: tensor.dtype, shape, data: viewOf(tensor, start * width, end * width) } as AnyTensor);
  }
  return slices;
}

function viewOf(tensor: AnyTensor, start: number, end: number): AnyTensor['data'] {
  return tensor.dtype === 'STRING' ? tensor.data.slice(start, end) : tensor.data.subarray(start, end);
}

/** Whether every tensor has exactly `rows` rows, so that a batch's outputs can be given back to its tasks. */
export function hasRows(tensors: NamedTensors, rows: number): boolean {
  return [...tensors.values()].every(({ shape }) => shape.length > 0 && shape[0] === rows);
}
