// biome-ignore-all lint/style/noNonNullAssertion: a hot file, the indices of these typed-array reads are in bounds
import { type AnyTensor, ARRAY_OF, elementCount, internal } from '@tensorfleet/core';

/** A dimension of the output: its size, and the distance of neighbours in the input. */
interface Axis {
  readonly size: number;
  readonly step: number;
}

/** Elements of both dimensions that are copied together, so that every cache line is read and written once. */
const TILE = 32;

/** A copy of a numeric tensor with its dimensions in another order: output dimension i is input dimension `order[i]`. */
export function transposed(tensor: AnyTensor, order: readonly number[]): AnyTensor {
  if (tensor.dtype === 'STRING') {
    throw internal('strings are not transposed');
  }
  const shape = order.map((axis) => tensor.shape[axis] ?? 1);
  const steps = stepsOf(tensor.shape);
  const axes = merged(order.map((axis, index) => ({ size: shape[index] ?? 1, step: steps[axis] ?? 0 })));
  const source = tensor.data as Float32Array; // only copied, whatever the class
  const target = new ARRAY_OF[tensor.dtype](elementCount(shape)) as Float32Array;
  if (target.length > 0) {
    copyAxes(source, target, axes);
  }
  return { dtype: tensor.dtype, shape, data: target } as unknown as AnyTensor; // the same class as the input's
}

/** Distance in elements between neighbours along each dimension. */
function stepsOf(shape: readonly number[]): readonly number[] {
  const steps = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    steps[axis] = (steps[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return steps;
}

/** The same copy in as few dimensions as it takes: those of size 1 go, neighbours that stay neighbours become one. */
function merged(axes: readonly Axis[]): readonly Axis[] {
  const kept: Axis[] = [];
  for (const axis of axes.filter(({ size }) => size !== 1)) {
    const before = kept.at(-1);
    if (before !== undefined && before.step === axis.step * axis.size) {
      kept[kept.length - 1] = { size: before.size * axis.size, step: axis.step };
    } else {
      kept.push(axis);
    }
  }
  return kept;
}

/** Fills `target`, row-major in `axes`, tile by tile of its last dimension and the one that is last in `source`. */
function copyAxes(source: Float32Array, target: Float32Array, axes: readonly Axis[]): void {
  const last = axes.length - 1;
  const unit = axes.findIndex(({ step }) => step === 1);
  if (unit === -1 || unit === last) {
    copyRows(source, target, axes);
    return;
  }
  const targetSteps = stepsOf(axes.map(({ size }) => size));
  const visit = (axis: number, from: number, to: number): void => {
    if (axis === last) {
      copyTiles(source, target, from, to, axes[unit]!.size, targetSteps[unit]!, axes[last]!);
    } else if (axis === unit) {
      visit(axis + 1, from, to);
    } else {
      const { size, step } = axes[axis]!;
      for (let index = 0; index < size; index++) {
        visit(axis + 1, from + index * step, to + index * targetSteps[axis]!); // no deeper than MAX_RANK
      }
    }
  };
  visit(0, 0, 0);
}

function copyTiles(
  source: Float32Array,
  target: Float32Array,
  from: number,
  to: number,
  rows: number,
  rowStep: number,
  { size: columns, step: columnStep }: Axis,
): void {
  for (let row0 = 0; row0 < rows; row0 += TILE) {
    const rowEnd = Math.min(row0 + TILE, rows);
    for (let column0 = 0; column0 < columns; column0 += TILE) {
      const columnEnd = Math.min(column0 + TILE, columns);
      for (let row = row0; row < rowEnd; row++) {
        const start = to + row * rowStep;
        for (let column = column0; column < columnEnd; column++) {
          target[start + column] = source[from + row + column * columnStep]!;
        }
      }
    }
  }
}

/** Where rows stay whole (or there is one element). */
function copyRows(source: Float32Array, target: Float32Array, axes: readonly Axis[]): void {
  const width = axes.at(-1)?.size ?? 1;
  const outer = axes.slice(0, -1);
  let to = 0;
  const visit = (axis: number, from: number): void => {
    const { size, step } = outer[axis] ?? { size: 1, step: 0 };
    if (axis >= outer.length) {
      target.set(source.subarray(from, from + width), to);
      to += width;
      return;
    }
    for (let index = 0; index < size; index++) {
      visit(axis + 1, from + index * step); // no deeper than MAX_RANK
    }
  };
  visit(0, 0);
}
