// biome-ignore-all lint/style/noNonNullAssertion: axes are resolved against the shape that they index
import { type AnyTensor, bfloat16Value, invalidArgument } from '@tensorfleet/core';
import { gatherV2 } from './gather.ts';
import type { HostAttributes, HostKernel, HostOp } from './host-op.ts';
import { checkRank, inputAt, integerListAt } from './inputs.ts';
import { integerTensor } from './outputs.ts';
import { indexType } from './shape-ops.ts';
import { resolveAxis, stridedIndices, stridesOf } from './strides.ts';
import { latin1Of } from './strings.ts';

/** Outputs: the distinct elements in the order of their first appearance, for each element its place among them. */
export const unique: HostOp = (attributes) => vectorKernel(attributes, false);

/** The same with a third output: how often each appears. */
export const uniqueWithCounts: HostOp = (attributes) => vectorKernel(attributes, true);

/** Inputs: x, axis (no or one element): distinct slices along it. */
export const uniqueV2: HostOp = (attributes) => axisKernel(attributes, false);

export const uniqueWithCountsV2: HostOp = (attributes) => axisKernel(attributes, true);

function vectorKernel(attributes: HostAttributes, isCounting: boolean): HostKernel {
  const dtype = indexType(attributes, 'out_idx');
  return (inputs) => {
    checkRank(inputAt(inputs, 0), 1, 'unique');
    return distinct(inputAt(inputs, 0), 0, dtype, isCounting);
  };
}

function axisKernel(attributes: HostAttributes, isCounting: boolean): HostKernel {
  const dtype = indexType(attributes, 'out_idx');
  return (inputs) => {
    const x = inputAt(inputs, 0);
    const [axis, ...more] = integerListAt(inputs, 1, 'axis');
    if (more.length > 0) {
      throw invalidArgument('axis does not support input tensors larger than 1 elements');
    }
    if (axis === undefined) {
      checkRank(x, 1, 'unique');
    }
    return distinct(x, resolveAxis(axis ?? 0, x.shape.length), dtype, isCounting);
  };
}

function distinct(x: AnyTensor, axis: number, dtype: 'INT32' | 'INT64', isCounting: boolean): readonly AnyTensor[] {
  const firsts: number[] = [];
  const counts: number[] = [];
  const placeOf = new Map<unknown, number>();
  const places = keysAlong(x, axis).map((key, index) => {
    const place = placeOf.get(key) ?? firsts.length;
    if (place === firsts.length) {
      placeOf.set(key, place);
      firsts.push(index);
      counts.push(0);
    }
    counts[place]!++;
    return place;
  });
  const at = [x, integerTensor('INT64', [firsts.length], firsts), integerTensor('INT64', [], [axis])];
  const [y] = gatherV2({}, [])(at) as readonly AnyTensor[]; // this kernel is synchronous
  const idx = integerTensor(dtype, [places.length], places);
  return isCounting ? [y!, idx, integerTensor(dtype, [counts.length], counts)] : [y!, idx];
}

/** One key per slice along `axis`, equal where the slices are. */
function keysAlong({ dtype, shape, data }: AnyTensor, axis: number): readonly unknown[] {
  const strides = stridesOf(shape);
  const members = stridedIndices(shape.toSpliced(axis, 1), strides.toSpliced(axis, 1));
  const keyOf = (index: number): unknown => {
    const value = data[index]!;
    return value instanceof Uint8Array ? latin1Of(value) : dtype === 'BF16' ? bfloat16Value(Number(value)) : value;
  };
  return Array.from({ length: shape[axis]! }, (_, index) => {
    const keys = Array.from(members, (member) => keyOf(index * strides[axis]! + member));
    if (keys.some(Number.isNaN)) {
      return Symbol('NaN'); // equal to nothing
    }
    return keys.length === 1 ? keys[0] : JSON.stringify(keys.map((key) => (key === 0 ? '0' : String(key))));
  });
}
