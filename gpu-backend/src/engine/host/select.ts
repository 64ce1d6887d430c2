// biome-ignore-all lint/style/noNonNullAssertion: indices come from the shapes of what they index
import { type AnyTensor, formatShape, invalidArgument } from '@tensorfleet/core';
import { concatV2 } from './concat.ts';
import { takeElements } from './elements.ts';
import type { HostOp } from './host-op.ts';
import { inputAt, typedInputAt } from './inputs.ts';
import { integerTensor } from './outputs.ts';
import { reshaped } from './shape-ops.ts';
import { broadcastIndices, broadcastShape } from './strides.ts';

/** Inputs: condition, then, else; all broadcast. */
export const selectV2: HostOp = () => (inputs) => {
  const [condition, one, other] = [typedInputAt(inputs, 0, 'BOOL'), inputAt(inputs, 1), inputAt(inputs, 2)];
  const shape = broadcastShape(broadcastShape(condition.shape, one.shape), other.shape);
  return [chosen(condition, one, other, shape)];
};

/** Inputs: condition, then, else of one shape; the condition has it too, or is a scalar, or chooses rows. */
export const select: HostOp = () => (inputs) => {
  const [condition, one, other] = [typedInputAt(inputs, 0, 'BOOL'), inputAt(inputs, 1), inputAt(inputs, 2)];
  const { shape } = one;
  const rank = condition.shape.length;
  const isRows = rank === 1 && shape.length > 1 && condition.shape[0] === shape[0];
  const fits = rank === 0 || isRows || formatShape(condition.shape) === formatShape(shape);
  if (!fits || formatShape(shape) !== formatShape(other.shape)) {
    const shapes = [condition, one, other].map((input) => formatShape(input.shape)).join(', ');
    throw invalidArgument(`Inputs to operation Select must have the same size and shape, they are ${shapes}`);
  }
  const aligned = isRows ? reshaped(condition, [condition.data.length, ...shape.slice(1).fill(1)]) : condition;
  return [chosen(aligned, one, other, shape)];
};

function chosen(condition: AnyTensor, one: AnyTensor, other: AnyTensor, shape: readonly number[]): AnyTensor {
  if (one.dtype !== other.dtype) {
    throw invalidArgument(`then is ${one.dtype}, else is ${other.dtype}`);
  }
  const [conditions, ones, others] = [condition, one, other].map((input) => broadcastIndices(input.shape, shape));
  const both = [
    reshaped(one, [one.data.length]),
    reshaped(other, [other.data.length]),
    integerTensor('INT32', [], [0]),
  ];
  const [source] = concatV2({}, [])(both) as readonly AnyTensor[]; // this kernel is synchronous
  const indices = conditions!.map((at, index) =>
    condition.data[at] === 0 ? one.data.length + others![index]! : ones![index]!,
  );
  return takeElements(source!, indices, shape);
}

/** The positions of all elements that are not 0: [n, rank]. */
export const where: HostOp = () => (inputs) => {
  const { shape, data } = inputAt(inputs, 0);
  if (shape.length === 0) {
    throw invalidArgument('WhereOp : Unhandled input dimensions: 0');
  }
  const positions: number[] = [];
  for (let index = 0; index < data.length; index++) {
    if (Number(data[index]) !== 0) {
      positions.push(...positionOf(index, shape));
    }
  }
  return [integerTensor('INT64', [positions.length / shape.length, shape.length], positions)];
};

function positionOf(index: number, shape: readonly number[]): readonly number[] {
  let rest = index;
  return shape
    .toReversed()
    .map((size) => {
      const at = rest % size;
      rest = (rest - at) / size;
      return at;
    })
    .toReversed();
}
