// biome-ignore-all lint/style/noNonNullAssertion: splits are checked before they are followed
import { elementCount, formatShape, invalidArgument } from '@tensorfleet/core';
import { numberAttribute } from './attributes.ts';
import { takeElements } from './elements.ts';
import type { HostOp } from './host-op.ts';
import { inputAt, integersOf } from './inputs.ts';
import { integerTensor } from './outputs.ts';
import { reshaped } from './shape-ops.ts';
import { stridedIndices } from './strides.ts';

/** Inputs: nested splits, values. Outputs: indices, values and shape of the sparse tensor. */
export const raggedTensorToSparse: HostOp = () => (inputs) => {
  const values = inputAt(inputs, inputs.length - 1);
  const levels = inputs.slice(0, -1).map(integersOf);
  checkNested(levels, values.shape[0] ?? 0);
  let rows: readonly (readonly number[])[] = Array.from({ length: levels[0]!.length - 1 }, (_, row) => [row]);
  for (const splits of levels) {
    rows = rows.flatMap((row, at) =>
      Array.from({ length: splits[at + 1]! - splits[at]! }, (_, column) => [...row, column]),
    );
  }
  const inner = values.shape.slice(1);
  const indices = rows.flatMap((row) => positionsIn(inner).flatMap((position) => [...row, ...position]));
  const rank = levels.length + 1 + inner.length;
  const longest = levels.map((splits) =>
    splits.slice(1).reduce((most, end, at) => Math.max(most, end - splits[at]!), 0),
  );
  return [
    integerTensor('INT64', [indices.length / rank, rank], indices),
    reshaped(values, [values.data.length]),
    integerTensor('INT64', [rank], [levels[0]!.length - 1, ...longest, ...inner]),
  ];
};

function positionsIn(shape: readonly number[]): readonly (readonly number[])[] {
  let positions: readonly (readonly number[])[] = [[]];
  for (const size of shape) {
    positions = positions.flatMap((position) => Array.from({ length: size }, (_, at) => [...position, at]));
  }
  return positions;
}

function checkNested(levels: readonly (readonly number[])[], valueCount: number): void {
  for (const [index, splits] of levels.entries()) {
    const next = levels[index + 1];
    const count = next === undefined ? valueCount : next.length - 1;
    const isSorted = splits.every((split, at) => split >= (splits[at - 1] ?? 0));
    if (splits[0] !== 0 || !isSorted || splits.at(-1) !== count) {
      throw invalidArgument(`ragged splits ${formatShape(splits.slice(0, 20))} must ascend from 0 to ${count}`);
    }
  }
}

/** Inputs: nested splits, values, indices. Outputs: nested splits, values. */
export const raggedGather: HostOp = (attributes) => {
  const outputRank = numberAttribute(attributes, 'OUTPUT_RAGGED_RANK');
  return (inputs) => {
    const levels = inputs.slice(0, -2).map(integersOf);
    const values = inputAt(inputs, inputs.length - 2);
    const indices = inputAt(inputs, inputs.length - 1);
    const { dtype } = inputAt(inputs, 0);
    checkParams(levels, values.shape[0] ?? 0);
    const { splits, rows } = gatherRows(levels, integersOf(indices));
    const uniform = indices.shape.slice(0, -1).map((_, axis) => uniformSplits(indices.shape, axis));
    const all = [...uniform, ...(indices.shape.length === 0 ? splits.slice(1) : splits)];
    if (all.length !== outputRank) {
      throw invalidArgument(`OUTPUT_RAGGED_RANK is ${outputRank}, the result has ${all.length} ragged dimensions`);
    }
    const width = elementCount(values.shape.slice(1));
    const shape = [rows.length, ...values.shape.slice(1)];
    const taken = stridedIndices([rows.length * width], [0]).map(
      (_, at) => rows[Math.floor(at / width)]! * width + (at % width),
    );
    const splitType = dtype === 'INT32' ? 'INT32' : 'INT64';
    return [...all.map((one) => integerTensor(splitType, [one.length], one)), takeElements(values, taken, shape)];
  };
};

function checkParams(levels: readonly (readonly number[])[], valueCount: number): void {
  for (const [index, splits] of levels.entries()) {
    const next = levels[index + 1];
    const count = next === undefined ? valueCount : next.length - 1;
    const isSorted = splits.every((split, at) => split >= (splits[at - 1] ?? 0));
    if (splits.length === 0 || !isSorted || splits.at(-1)! > count) {
      throw invalidArgument('Ragged splits may not be empty, must be sorted and must not point past values');
    }
  }
}

/** Splits of the chosen rows and, in order, the values that they hold. */
function gatherRows(
  levels: readonly (readonly number[])[],
  indices: readonly number[],
): { readonly splits: readonly (readonly number[])[]; readonly rows: readonly number[] } {
  const count = (levels[0]?.length ?? 0) - 1;
  const wrong = indices.find((index) => index < 0 || index >= count);
  if (wrong !== undefined) {
    throw invalidArgument(`indices = ${wrong} is not in [0, ${count})`);
  }
  let rows = indices;
  const splits = levels.map((level) => {
    const ends = [0];
    rows = rows.flatMap((row) => {
      const length = level[row + 1]! - level[row]!;
      ends.push(ends.at(-1)! + length);
      return Array.from({ length }, (_, at) => level[row]! + at);
    });
    return ends;
  });
  return { splits, rows };
}

/** Splits that cut dimension `axis` + 1 of a dense tensor. */
function uniformSplits(shape: readonly number[], axis: number): readonly number[] {
  const rows = elementCount(shape.slice(0, axis + 1));
  return Array.from({ length: rows + 1 }, (_, row) => row * shape[axis + 1]!);
}
