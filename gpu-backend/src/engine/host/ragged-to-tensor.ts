// biome-ignore-all lint/style/noNonNullAssertion: partitions are checked before they are followed
import { type AnyTensor, elementCount, formatShape, invalidArgument } from '@tensorfleet/core';
import { textsAttribute } from './attributes.ts';
import { takeElements } from './elements.ts';
import type { HostOp } from './host-op.ts';
import { checkRank, inputAt, integersOf } from './inputs.ts';
import { broadcastIndices, stridedIndices, stridesOf } from './strides.ts';

/** One ragged dimension: for each of its values the row that it belongs to, in ascending order. */
type RowIds = readonly number[];

/** The rows of the first dimension, and each ragged dimension within it. */
interface Partitions {
  readonly rows: number;
  readonly levels: readonly RowIds[];
}

/** Inputs: shape (-1: as large as needed), values, default, row partitions. */
export const raggedTensorToTensor: HostOp = (attributes) => {
  const types = textsAttribute(attributes, 'row_partition_types');
  const hasSize = types[0] === 'FIRST_DIM_SIZE';
  const rest = hasSize ? types.slice(1) : types;
  const isKnown = rest.every((type) => type === 'ROW_SPLITS' || type === 'VALUE_ROWIDS');
  if (!isKnown || rest[0] !== (hasSize ? 'VALUE_ROWIDS' : 'ROW_SPLITS')) {
    throw invalidArgument(`row partitions of types ${types.join(', ')} are not supported`);
  }
  return (inputs) => {
    const values = inputAt(inputs, 1);
    const partitions = partitionsOf(types, inputs.slice(3), values.shape[0] ?? 0);
    const shape = outputShape(inputAt(inputs, 0), values, partitions);
    return [spread(values, inputAt(inputs, 2), targetsOf(partitions, shape), shape)];
  };
};

function partitionsOf(types: readonly string[], tensors: readonly AnyTensor[], valueCount: number): Partitions {
  const hasSize = types[0] === 'FIRST_DIM_SIZE';
  const [size = -1] = integersOf(inputAt(tensors, 0));
  const rows = hasSize ? size : inputAt(tensors, 0).data.length - 1;
  if (rows < 0) {
    throw invalidArgument(`Invalid first partition input: it makes ${rows} rows`);
  }
  let parents = rows;
  const levels = types.slice(hasSize ? 1 : 0).map((type, index) => {
    const partition = inputAt(tensors, index + (hasSize ? 1 : 0));
    checkRank(partition, 1, 'a row partition');
    const rowIds = type === 'ROW_SPLITS' ? rowIdsOfSplits(integersOf(partition), parents) : integersOf(partition);
    const wrong = rowIds.findIndex((row, at) => row < (rowIds[at - 1] ?? 0) || row >= parents);
    if (wrong !== -1) {
      throw invalidArgument(
        `Got value_rowid=${rowIds[wrong]} at ${wrong}, which descends or is not less than ${parents}`,
      );
    }
    parents = rowIds.length;
    return rowIds;
  });
  if (parents > valueCount) {
    throw invalidArgument(`the row partitions have ${parents} values, there are ${valueCount}`);
  }
  return { rows, levels };
}

function rowIdsOfSplits(splits: readonly number[], parents: number): RowIds {
  const isSorted = splits.every((split, at) => split >= (splits[at - 1] ?? 0));
  if (splits[0] !== 0 || !isSorted || splits.length !== parents + 1) {
    throw invalidArgument(`Invalid row split size: ${splits.length} splits of ${parents} rows have to ascend from 0`);
  }
  return splits.slice(1).flatMap((end, row) => new Array<number>(end - splits[row]!).fill(row));
}

/** What the shape asks for; where it asks for nothing, the longest row of each ragged dimension. */
function outputShape(asked: AnyTensor, values: AnyTensor, { rows, levels }: Partitions): readonly number[] {
  const found = [rows, ...levels.map(longestRow), ...values.shape.slice(1)];
  const wanted = integersOf(asked);
  if (asked.shape.length === 0 && wanted[0] === -1) {
    return found;
  }
  const isFixed = (axis: number): boolean => axis > levels.length;
  const fits = wanted.every((size, axis) => size >= -1 && (!isFixed(axis) || size === -1 || size === found[axis]));
  if (asked.shape.length !== 1 || wanted.length !== found.length || !fits) {
    throw invalidArgument(`rt_input.shape ${formatShape(found)} and shape ${formatShape(wanted)} are incompatible`);
  }
  return wanted.map((size, axis) => (size === -1 ? found[axis]! : size));
}

function longestRow(rowIds: RowIds): number {
  let longest = 0;
  let length = 0;
  for (const [at, row] of rowIds.entries()) {
    length = row === rowIds[at - 1] ? length + 1 : 1;
    longest = Math.max(longest, length);
  }
  return longest;
}

/** For each value of the last ragged dimension where it starts in the result; -1 where it is cut off. */
function targetsOf({ rows, levels }: Partitions, shape: readonly number[]): readonly number[] {
  const strides = stridesOf(shape);
  let targets = Array.from({ length: rows }, (_, row) => (row < shape[0]! ? row * strides[0]! : -1));
  for (const [index, rowIds] of levels.entries()) {
    const axis = index + 1;
    let column = 0;
    targets = rowIds.map((row, at) => {
      column = row === rowIds[at - 1] ? column + 1 : 0;
      const start = targets[row]!;
      return start < 0 || column >= shape[axis]! ? -1 : start + column * strides[axis]!;
    });
  }
  return targets;
}

/** The values at their targets, the default everywhere else. */
function spread(
  values: AnyTensor,
  fallback: AnyTensor,
  targets: readonly number[],
  shape: readonly number[],
): AnyTensor {
  const inner = values.shape.slice(1);
  const own = fallback.shape;
  const fits = own.every((size, at) => size === 1 || size === inner[at - own.length + inner.length]);
  if (own.length >= values.shape.length || !fits) {
    const shapes = `default_value.shape=${formatShape(own)} and flat_values.shape=${formatShape(values.shape)}`;
    throw invalidArgument(`${shapes} are incompatible`);
  }
  const width = elementCount(inner);
  const defaults = broadcastIndices(own, inner);
  const indices = stridedIndices(shape, new Array<number>(shape.length).fill(0));
  const filled = takeElements(
    fallback,
    indices.map((_, at) => defaults[at % width]!),
    shape,
  );
  const data = filled.data as unknown as Record<number, unknown>; // made above, of this dtype
  for (const [index, target] of targets.entries()) {
    for (let at = 0; target >= 0 && at < width; at++) {
      data[target + at] = values.data[index * width + at];
    }
  }
  return filled;
}
