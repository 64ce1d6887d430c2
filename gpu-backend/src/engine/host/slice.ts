// biome-ignore-all lint/style/noNonNullAssertion: axes are resolved against the shape that they index
import { type AnyTensor, formatShape, invalidArgument } from '@tensorfleet/core';
import { numberAttribute } from './attributes.ts';
import { takeElements } from './elements.ts';
import type { HostOp } from './host-op.ts';
import { inputAt, integerAt, integerListAt } from './inputs.ts';
import { reshaped } from './shape-ops.ts';
import { resolveAxis, stridedIndices, stridesOf } from './strides.ts';

/** Inputs: input, begin, size (-1: up to the end). */
export const slice: HostOp = () => (inputs) => {
  const input = inputAt(inputs, 0);
  const begin = integerListAt(inputs, 1, 'begin');
  const rank = input.shape.length;
  const size = integerListAt(inputs, 2, 'size').map((count, axis) =>
    count === -1 ? (input.shape[axis] ?? 0) - (begin[axis] ?? 0) : count,
  );
  if (begin.length !== rank || size.length !== rank) {
    throw invalidArgument(`Expected begin and size arguments of size ${rank}, got ${begin.length} and ${size.length}`);
  }
  const wrong = begin.findIndex((at, axis) => at < 0 || size[axis]! < 0 || at + size[axis]! > input.shape[axis]!);
  if (wrong !== -1) {
    const range = `from ${begin[wrong]} with size ${size[wrong]}`;
    throw invalidArgument(`the slice ${range} does not fit dimension ${wrong} of ${formatShape(input.shape)}`);
  }
  return [cut(input, begin, size)];
};

/** Inputs: axis, value. */
export const split: HostOp = (attributes) => {
  const count = numberAttribute(attributes, 'num_split');
  return (inputs) => {
    const value = inputAt(inputs, 1);
    const axis = resolveAxis(integerAt(inputs, 0, 'split_dim'), value.shape.length);
    const size = value.shape[axis]! / count;
    if (!Number.isInteger(size)) {
      throw invalidArgument(
        `Number of ways to split should evenly divide dimension ${axis}: ${value.shape[axis]} by ${count}`,
      );
    }
    return cutAlong(value, axis, new Array<number>(count).fill(size));
  };
};

/** Inputs: value, sizes (one may be -1: what is left), axis. */
export const splitV: HostOp = () => (inputs) => {
  const value = inputAt(inputs, 0);
  const axis = resolveAxis(integerAt(inputs, 2, 'split_dim'), value.shape.length);
  const sizes = integerListAt(inputs, 1, 'size_splits');
  const open = sizes.indexOf(-1);
  const known = open === -1 ? sizes : sizes.toSpliced(open, 1);
  const rest = value.shape[axis]! - known.reduce((sum, size) => sum + size, 0);
  if (known.some((size) => size < 0) || rest < 0 || (open === -1 && rest > 0)) {
    throw invalidArgument(
      `sizes ${formatShape(sizes)} do not make up dimension ${axis} of ${formatShape(value.shape)}`,
    );
  }
  return cutAlong(value, axis, open === -1 ? sizes : sizes.with(open, rest));
};

export const unpack: HostOp = (attributes) => {
  const count = numberAttribute(attributes, 'num');
  const axisOrNegative = numberAttribute(attributes, 'axis', 0);
  return (inputs) => {
    const value = inputAt(inputs, 0);
    const axis = resolveAxis(axisOrNegative, value.shape.length);
    if (value.shape[axis] !== count) {
      throw invalidArgument(`Input shape axis ${axis} must equal ${count}, got shape ${formatShape(value.shape)}`);
    }
    return cutAlong(value, axis, new Array<number>(count).fill(1)).map((part) =>
      reshaped(part, value.shape.toSpliced(axis, 1)),
    );
  };
};

function cutAlong(value: AnyTensor, axis: number, sizes: readonly number[]): readonly AnyTensor[] {
  let start = 0;
  return sizes.map((size) => {
    const begin = value.shape.map((_, at) => (at === axis ? start : 0));
    start += size;
    return cut(value, begin, value.shape.with(axis, size));
  });
}

function cut(input: AnyTensor, begin: readonly number[], shape: readonly number[]): AnyTensor {
  const strides = stridesOf(input.shape);
  const offset = begin.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
  return takeElements(input, stridedIndices(shape, strides, offset), shape);
}
