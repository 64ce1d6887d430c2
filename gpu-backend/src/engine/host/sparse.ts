// biome-ignore-all lint/style/noNonNullAssertion: shapes are checked before they are read
import { type AnyTensor, elementCount, formatShape, invalidArgument, tensor } from '@tensorfleet/core';
import { booleanAttribute } from './attributes.ts';
import { takeElements } from './elements.ts';
import type { HostOp } from './host-op.ts';
import { checkRank, inputAt, integerListAt, integersOf } from './inputs.ts';
import { integerTensor } from './outputs.ts';
import { stridedIndices, stridesOf } from './strides.ts';

/** Inputs: indices ([n, rank], [n] or a scalar), shape, values ([n] or one for all), default. */
export const sparseToDense: HostOp = (attributes) => {
  const isValidating = booleanAttribute(attributes, 'validate_indices', true);
  return (inputs) => {
    const indices = inputAt(inputs, 0);
    const shape = integerListAt(inputs, 1, 'output_shape');
    const values = inputAt(inputs, 2);
    checkRank(inputAt(inputs, 3), 0, 'default_value');
    const count = indices.shape[0] ?? 1;
    const depth = indices.shape[1] ?? 1;
    elementCount(shape);
    if (indices.shape.length > 2 || depth !== shape.length) {
      throw invalidArgument(`indices of shape ${formatShape(indices.shape)} do not index ${shape.length} dimensions`);
    }
    if (values.shape.length > 1 || (values.shape.length === 1 && values.data.length !== count)) {
      throw invalidArgument(`sparse_values has shape ${formatShape(values.shape)}, it should be [] or [${count}]`);
    }
    const targets = targetsOf(integersOf(indices), shape, count);
    const disordered = targets.findIndex((target, at) => at > 0 && target <= targets[at - 1]!);
    if (isValidating && disordered !== -1) {
      throw invalidArgument(
        `indices[${disordered}] is out of order or repeated. Many sparse ops require sorted indices.`,
      );
    }
    const sources = stridedIndices(shape, new Array<number>(shape.length).fill(0)).fill(-1);
    for (const [at, target] of targets.entries()) {
      sources[target] = values.shape.length === 0 ? 0 : at;
    }
    return [takeElements(values, sources, shape, inputAt(inputs, 3))];
  };
};

function targetsOf(indices: readonly number[], shape: readonly number[], count: number): readonly number[] {
  const strides = stridesOf(shape);
  return Array.from({ length: count }, (_, row) => {
    const position = indices.slice(row * shape.length, (row + 1) * shape.length);
    if (position.some((at, axis) => at < 0 || at >= shape[axis]!)) {
      const need = `need 0 <= index < ${formatShape(shape)}`;
      throw invalidArgument(`indices[${row}] = ${formatShape(position)} is out of bounds: ${need}`);
    }
    return position.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
  });
}

/**
 * Inputs: indices, values, dense shape, default. Outputs: indices and values in the order of rows, with a default at
 * column 0 of each empty row; which rows were empty; where each value went.
 */
export const sparseFillEmptyRows: HostOp = () => (inputs) => {
  const [indices, values] = [inputAt(inputs, 0), inputAt(inputs, 1)];
  const shape = integerListAt(inputs, 2, 'dense_shape');
  checkSparse(inputs, shape);
  const rank = shape.length;
  const rows = shape[0] ?? 0;
  const numbers = integersOf(indices);
  const perRow = Array.from({ length: rows }, (): number[] => []);
  for (let at = 0; at < values.data.length; at++) {
    const row = numbers[at * rank]!;
    if (row < 0 || row >= rows) {
      throw invalidArgument(`indices(${at}, 0) is invalid: ${row} >= ${rows}`);
    }
    perRow[row]!.push(at);
  }
  const order = perRow.flatMap((places) => (places.length === 0 ? [-1] : places));
  const filled = perRow.flatMap((places, row) => {
    const added = new Array<number>(rank).fill(0).with(0, row);
    return places.length === 0 ? added : places.flatMap((at) => numbers.slice(at * rank, (at + 1) * rank));
  });
  const reverse = new Array<number>(values.data.length).fill(0);
  for (const [to, from] of order.entries()) {
    if (from !== -1) {
      reverse[from] = to;
    }
  }
  return [
    integerTensor('INT64', [order.length, rank], filled),
    takeElements(values, order, [order.length], inputAt(inputs, 3)),
    tensor(
      'BOOL',
      [rows],
      Uint8Array.from(perRow, (places) => (places.length === 0 ? 1 : 0)),
    ),
    integerTensor('INT64', [reverse.length], reverse),
  ];
};

function checkSparse(inputs: readonly AnyTensor[], shape: readonly number[]): void {
  checkRank(inputAt(inputs, 0), 2, 'indices');
  checkRank(inputAt(inputs, 1), 1, 'values');
  checkRank(inputAt(inputs, 3), 0, 'default_value');
  const [count, rank] = inputAt(inputs, 0).shape;
  const size = inputAt(inputs, 1).data.length;
  if (count !== size || rank !== shape.length || rank === 0) {
    throw invalidArgument(
      `indices of shape [${count},${rank}] do not fit ${size} values and ${shape.length} dimensions`,
    );
  }
}

/** Inputs: indices, shape, new shape (one dimension may be -1). Outputs: indices, shape. */
export const sparseReshape: HostOp = () => (inputs) => {
  checkRank(inputAt(inputs, 0), 2, 'the input');
  const shape = integerListAt(inputs, 1, 'the input shape');
  const target = resolveTarget(integerListAt(inputs, 2, 'the target shape'), shape);
  const [count = 0, rank] = inputAt(inputs, 0).shape;
  if (rank !== shape.length) {
    throw invalidArgument('Input tensor rank must match input shape length.');
  }
  const numbers = integersOf(inputAt(inputs, 0));
  const from = stridesOf(shape);
  const to = stridesOf(target);
  const moved = Array.from({ length: count }, (_, row) => {
    let rest = from.reduce((sum, stride, axis) => sum + stride * numbers[row * shape.length + axis]!, 0);
    return to.map((stride) => {
      const at = Math.floor(rest / stride);
      rest -= at * stride;
      return at;
    });
  });
  return [
    integerTensor('INT64', [count, target.length], moved.flat()),
    integerTensor('INT64', [target.length], target),
  ];
};

function resolveTarget(target: readonly number[], shape: readonly number[]): readonly number[] {
  const unknown = target.indexOf(-1);
  const rest = unknown === -1 ? target : target.toSpliced(unknown, 1);
  const size = elementCount(shape);
  const known = elementCount(rest);
  if (unknown !== -1 && known === 0) {
    throw invalidArgument('reshape cannot infer the missing input size for an empty tensor');
  }
  if (unknown === -1 ? known !== size : size % known !== 0) {
    throw invalidArgument(
      `Input to reshape has ${size} dense values, but the requested shape is ${formatShape(target)}`,
    );
  }
  return unknown === -1 ? target : target.with(unknown, size / known);
}
