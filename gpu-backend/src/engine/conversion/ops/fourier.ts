import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue, Value } from '../value.ts';
import { complexInput } from './complex.ts';

/** Longer transforms would be too large as matrices. */
const MAX_LENGTH = 2048;

/** Discrete Fourier transforms of complex64 along the last axis: products with matrices of sines and cosines. */
export const FOURIER_OPS: OpTable = {
  FFT: (op) => complexTransform(op, -1),
  IFFT: (op) => complexTransform(op, 1),
  RFFT: realTransform,
  IRFFT: inverseRealTransform,
};

/** A constant [rows, columns]. */
function matrixOf(op: Op, rows: number, columns: number, entry: (row: number, column: number) => number): TensorValue {
  const numbers = Array.from({ length: rows * columns }, (_, at) => entry(Math.floor(at / columns), at % columns));
  return op.constantOf('FP32', [rows, columns], numbers);
}

/** Of a b / length turns. */
function cosineOf(a: number, b: number, length: number): number {
  return Math.cos((2 * Math.PI * ((a * b) % length)) / length);
}

/** Exactly 0 where it should be: the sign of an imaginary part decides about its angle. */
function sineOf(a: number, b: number, length: number): number {
  const turned = (a * b) % length;
  return (2 * turned) % length === 0 ? 0 : Math.sin((2 * Math.PI * turned) / length);
}

function checkedLength(op: Op, length: number | null | undefined): number {
  if (length === null || length === undefined) {
    return op.refuse('the length of the transform depends on the request');
  }
  return length >= 1 && length <= MAX_LENGTH ? length : op.refuse(`a transform of length ${length} is not supported`);
}

/** `direction` -1: forwards; 1: backwards, divided by the length. Rows and columns: real, imaginary, real, ... */
function complexTransform(op: Op, direction: 1 | -1): Value {
  const { pair } = complexInput(op, 0);
  const rank = op.rank(pair);
  const length = checkedLength(op, pair.shape?.at(-2));
  const scale = direction === 1 ? 1 / length : 1;
  const matrix = matrixOf(op, 2 * length, 2 * length, (row, column) => {
    const sine = direction * scale * sineOf(row >> 1, column >> 1, length);
    const isSamePart = row % 2 === column % 2;
    return isSamePart ? scale * cosineOf(row >> 1, column >> 1, length) : row % 2 === 0 ? sine : -sine;
  });
  const flat = joined(op, pair, rank, 2 * length);
  const product = op.emit('MatMul', [flat, matrix]);
  return { kind: 'complex', pair: split(op, product, pair.shape?.slice(0, -2) ?? [], length) };
}

/** input: [..., n] FP32, fft_length: [1], not above n. */
function realTransform(op: Op): Value {
  const x = op.tensor(0);
  if (x.dtype !== 'FP32') {
    return op.refuse('only complex64 is supported');
  }
  const length = checkedLength(op, op.element(1));
  const bins = Math.floor(length / 2) + 1;
  const matrix = matrixOf(op, length, 2 * bins, (row, column) => {
    const bin = column >> 1;
    return column % 2 === 0 ? cosineOf(row, bin, length) : 0 - sineOf(row, bin, length);
  });
  const product = op.emit('MatMul', [fitted(op, x, length, op.rank(x) - 1), matrix]);
  return { kind: 'complex', pair: split(op, product, x.shape?.slice(0, -1) ?? [], bins) };
}

/** input: [..., bins], fft_length: [1]: the other half of the bins mirrors this one. */
function inverseRealTransform(op: Op): Value {
  const { pair } = complexInput(op, 0);
  const rank = op.rank(pair);
  const length = checkedLength(op, op.element(1));
  const bins = Math.floor(length / 2) + 1;
  const matrix = matrixOf(op, 2 * bins, length, (row, column) => {
    const bin = row >> 1;
    const times = (bin === 0 || 2 * bin === length ? 1 : 2) / length;
    return row % 2 === 0 ? times * cosineOf(bin, column, length) : -times * sineOf(bin, column, length);
  });
  const used = fitted(op, pair, bins, rank - 2);
  const shape = pair.shape === null ? null : [...pair.shape.slice(0, -2), length];
  return op.emit('MatMul', [joined(op, used, rank, 2 * bins), matrix], { shape });
}

/** The first `length` elements along the axis; fewer do not fit the matrix, and fail as in TensorFlow. */
function fitted(op: Op, x: TensorValue, length: number, axis: number): TensorValue {
  const size = x.shape?.[axis] ?? null;
  if (size === length) {
    return x;
  }
  if (size !== null && size < length) {
    return op.refuse(`${size} elements are too few for a transform of length ${length}`);
  }
  const shape = x.shape?.with(axis, null) ?? null;
  return op.emit('Slice', [x, op.int64s([0]), op.int64s([length]), op.int64s([axis])], { shape });
}

/** [..., n, 2] -> [..., 2n]. */
function joined(op: Op, pair: TensorValue, rank: number, width: number): TensorValue {
  const sizes = Array.from({ length: rank - 2 }, () => 0);
  const shape = pair.shape === null ? null : [...pair.shape.slice(0, -2), width];
  return op.emit('Reshape', [pair, op.int64s([...sizes, width])], { attributes: { allowzero: 0 }, shape });
}

/** [..., 2n] -> [..., n, 2]. */
function split(op: Op, x: TensorValue, outer: readonly (number | null)[], length: number): TensorValue {
  const sizes = op.int64s([...outer.map(() => 0), length, 2]);
  return op.emit('Reshape', [x, sizes], { attributes: { allowzero: 0 }, shape: [...outer, length, 2] });
}
