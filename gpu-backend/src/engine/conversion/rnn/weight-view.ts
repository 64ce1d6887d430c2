import { type AnyTensor, elementCount } from '@tensorfleet/core';
import type { Constant } from '../constant.ts';

/** Part of a constant of FP32: a matrix, or one row of it as a vector. A vector is a matrix of one row. */
export interface WeightView {
  readonly constant: Constant;
  readonly isVector: boolean;
  readonly rows: Range;
  readonly columns: Range;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

export function lengthOf({ start, end }: Range): number {
  return end - start;
}

/** All of a constant; undefined when it is no matrix or vector of FP32. */
export function viewOf(constant: Constant): WeightView | undefined {
  const { shape, dtype } = constant;
  const [columns, rows = 1] = shape.toReversed();
  return dtype === 'FP32' && columns !== undefined && shape.length <= 2
    ? { constant, isVector: shape.length === 1, rows: { start: 0, end: rows }, columns: { start: 0, end: columns } }
    : undefined;
}

/** The part of `view` from `start` to `end` of an axis of it. */
export function cutView(view: WeightView, axis: number, start: number, end: number): WeightView {
  const key = view.isVector || axis === 1 || axis === -1 ? 'columns' : 'rows';
  const range = view[key];
  return { ...view, [key]: { start: range.start + start, end: range.start + end } };
}

/** FP32 of `shape` whose rows are `parts`, each a transposed matrix, a vector, or zeros for undefined. */
export function weightConstant(
  shape: readonly number[],
  parts: readonly (readonly WeightView[] | undefined)[],
  transpose: boolean,
): Constant {
  const load = (): AnyTensor => {
    const data = new Float32Array(elementCount(shape));
    const size = data.length / parts.length;
    parts.forEach((views, index) => {
      for (const view of views ?? []) {
        addView(data.subarray(index * size, (index + 1) * size), view, transpose);
      }
    });
    return { dtype: 'FP32', shape, data };
  };
  return {
    dtype: 'FP32',
    shape,
    get id() {
      return `rows ${shape.join('x')} ${transpose} of ${parts.map((views) => views?.map(idOf).join('+')).join(';')}`;
    },
    load,
    blocks: () => {
      const { data } = load() as { readonly data: Float32Array }; // made above
      return [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
    },
  };
}

function idOf({ constant, rows, columns }: WeightView): string {
  return `${constant.id} [${rows.start}:${rows.end},${columns.start}:${columns.end}]`;
}

function addView(target: Float32Array, { constant, rows, columns }: WeightView, transpose: boolean): void {
  const { data } = constant.load() as { readonly data: Float32Array }; // viewOf takes FP32 only
  const width = constant.shape.at(-1) ?? 1;
  const [height, breadth] = [lengthOf(rows), lengthOf(columns)];
  for (let row = 0; row < height; row++) {
    const from = (rows.start + row) * width + columns.start;
    for (let column = 0; column < breadth; column++) {
      const to = transpose ? column * height + row : row * breadth + column;
      target[to] = (target[to] ?? 0) + (data[from + column] ?? 0);
    }
  }
}
