// biome-ignore-all lint/style/noNonNullAssertion: scalars and vectors are checked before they are read
import {
  type AnyTensor,
  ARRAY_OF,
  formatShape,
  invalidArgument,
  resourceExhausted,
  unimplemented,
} from '@tensorfleet/core';
import { dtypeAttribute } from './attributes.ts';
import type { HostOp } from './host-op.ts';
import { inputAt } from './inputs.ts';
import { integerTensor } from './outputs.ts';

/** Bounds come from a request: longer results are refused before they are allocated. */
const MAX_VALUES = 2 ** 27;

/** Inputs: starts, limits, deltas, vectors of one length or scalars. Outputs: splits, values. */
export const raggedRange: HostOp = (attributes) => {
  const splitType = dtypeAttribute(attributes, 'Tsplits', 'INT64') === 'INT32' ? 'INT32' : 'INT64';
  return (inputs) => {
    const bounds = [inputAt(inputs, 0), inputAt(inputs, 1), inputAt(inputs, 2)] as const;
    const rows = rowsOf(bounds);
    const dtype = bounds[0].dtype;
    if (dtype !== 'INT32' && dtype !== 'INT64' && dtype !== 'FP32' && dtype !== 'FP64') {
      throw unimplemented(`RaggedRange of ${dtype} is not supported`);
    }
    const ranges = Array.from({ length: rows }, (_, row) =>
      bounds.map(({ shape, data }) => Number(data[shape.length === 0 ? 0 : row])),
    );
    const round = dtype === 'FP32' ? Math.fround : (value: number): number => value;
    const lengths = ranges.map(([start, limit, delta]) => lengthOf(start!, limit!, delta!, round));
    const splits = [0];
    for (const length of lengths) {
      splits.push(splits.at(-1)! + length);
    }
    if (splits.at(-1)! > MAX_VALUES) {
      throw resourceExhausted(`the ranges have ${splits.at(-1)} values, the limit is ${MAX_VALUES}`);
    }
    const values: Record<number, number | bigint> & { readonly length: number } = new ARRAY_OF[dtype](splits.at(-1)!);
    for (const [row, [start, , delta]] of ranges.entries()) {
      let value = start!;
      for (let at = splits[row]!; at < splits[row + 1]!; at++) {
        values[at] = dtype === 'INT64' ? BigInt(value) : value;
        value = round(value + delta!);
      }
    }
    const result = { dtype, shape: [values.length], data: values } as unknown as AnyTensor; // the array of this dtype
    return [integerTensor(splitType, [splits.length], splits), result];
  };
};

function rowsOf(bounds: readonly AnyTensor[]): number {
  const vectors = bounds.filter(({ shape }) => shape.length > 0);
  const sizes = new Set(vectors.map(({ shape }) => shape[0]!));
  if (sizes.size > 1 || vectors.some(({ shape }) => shape.length > 1)) {
    const shapes = bounds.map(({ shape }) => formatShape(shape)).join(', ');
    throw invalidArgument(`starts, limits, and deltas must be scalars or vectors of the same shape, not ${shapes}`);
  }
  const unsafe = bounds.some(({ data }) =>
    [...data].some((one) => typeof one === 'bigint' && BigInt.asIntN(53, one) !== one),
  );
  if (unsafe) {
    throw unimplemented('RaggedRange beyond 2^52 is not supported');
  }
  return vectors[0]?.shape[0] ?? 1;
}

function lengthOf(start: number, limit: number, delta: number, round: (value: number) => number): number {
  if (delta === 0) {
    throw invalidArgument('Requires delta != 0');
  }
  return Math.max(0, Math.ceil(round(round(limit - start) / delta))) + 0;
}
