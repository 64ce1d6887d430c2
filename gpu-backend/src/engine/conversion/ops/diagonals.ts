import type { NumericDType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { choose } from './comparison.ts';
import {
  add,
  both,
  isAtMost,
  joined,
  larger,
  multiply,
  pick,
  positions,
  sizeAlong,
  sizesOf,
  smaller,
  subtract,
} from './index-arithmetic.ts';
import { valueIf } from './run-time-check.ts';

/** Ops on diagonals of the matrices in the last two dimensions. */
export const DIAGONAL_OPS: OpTable = {
  Diag: diag,
  DiagPart: diagPart,
  MatrixDiag: (op) => matrixDiag(op, MAIN),
  MatrixDiagV2: (op) => matrixDiag(op, bandOf(op, 1)),
  MatrixDiagV3: (op) => matrixDiag(op, bandOf(op, 1)),
  MatrixDiagPart: (op) => matrixDiagPart(op, op.tensor(0), MAIN),
  MatrixDiagPartV2: (op) => matrixDiagPart(op, op.tensor(0), bandOf(op, 1), op.tensor(2)),
  MatrixDiagPartV3: (op) => matrixDiagPart(op, op.tensor(0), bandOf(op, 1), op.tensor(2)),
  MatrixSetDiag: (op) => matrixSetDiag(op, MAIN),
  MatrixSetDiagV2: (op) => matrixSetDiag(op, bandOf(op, 2)),
  MatrixSetDiagV3: (op) => matrixSetDiag(op, bandOf(op, 2)),
  MatrixBandPart: matrixBandPart,
};

/** Diagonals `low` to `high`; 0 is the main one, positive ones are above it. Several are stored highest first. */
interface Band {
  readonly low: number;
  readonly high: number;
  /** Whether shorter diagonals above and below the main one are stored at the end of their row. */
  readonly isUpperRight: boolean;
  readonly isLowerRight: boolean;
}

const MAIN: Band = { low: 0, high: 0, isUpperRight: false, isLowerRight: false };

/** Input `index` is k, or the lowest and the highest. Version 2 stores all diagonals from the left. */
function bandOf(op: Op, index: number): Band {
  const k = op.elements(index);
  const [low, high = low] = k;
  if (low === undefined || high === undefined || k.length > 2 || low > high) {
    return op.refuse(`k ${k} is no band`);
  }
  const align = op.node.op.endsWith('V3') ? op.attributes.string('align', 'RIGHT_LEFT') : 'LEFT_LEFT';
  return { low, high, isUpperRight: align.startsWith('RIGHT'), isLowerRight: align.endsWith('RIGHT') };
}

/** Length of diagonal `k` (INT64, any shape) of matrices of this size. */
function lengthOf(op: Op, k: TensorValue, rows: TensorValue, columns: TensorValue): TensorValue {
  return smaller(op, add(op, rows, smaller(op, k, 0)), subtract(op, columns, larger(op, k, 0)));
}

/** How far from the left diagonal `k` begins in rows of `width`. */
function startOf(op: Op, band: Band, k: TensorValue, length: TensorValue, width: TensorValue): TensorValue {
  const room = subtract(op, width, length);
  const upper = band.isUpperRight ? room : multiply(op, room, 0);
  const lower = band.isLowerRight ? room : multiply(op, room, 0);
  const main = band.isUpperRight && band.isLowerRight ? room : multiply(op, room, 0);
  return pick(op, isAtMost(op, 1, k), upper, pick(op, isAtMost(op, k, -1), lower, main));
}

/** x: [..., rows, columns] -> [..., diagonals, width], or [..., width] of a single one. */
function matrixDiagPart(op: Op, x: TensorValue, band: Band, padding?: TensorValue): TensorValue {
  const rank = op.rank(x);
  const [rows, columns] = [sizeAlong(op, x, rank - 2), sizeAlong(op, x, rank - 1)];
  const ks = op.int64s(Array.from({ length: band.high - band.low + 1 }, (_, index) => band.high - index));
  const k = unsqueeze(op, ks, [1]); // [diagonals, 1]
  const lengths = lengthOf(op, k, rows, columns);
  const width = op.emit('ReduceMax', [lengths], { attributes: { keepdims: 0 }, shape: [] });
  const wide = op.reshape(width, [1]);
  const at = subtract(op, positions(op, op.int64s([0]), wide), startOf(op, band, k, lengths, wide));
  const isThere = both(op, isAtMost(op, 0, at), isAtMost(op, add(op, at, 1), lengths));
  const row = subtract(op, at, smaller(op, k, 0));
  const place = add(op, multiply(op, row, columns), add(op, at, larger(op, k, 0)));
  const cells = op.emit('Reshape', [x, joined(op, [sizesOf(op, x, 0, rank - 2), multiply(op, rows, columns)])], {
    attributes: { allowzero: 1 },
    shape: x.shape && [...x.shape.slice(0, -2), null],
  });
  const isSingle = band.low === band.high;
  const flat = (value: TensorValue): TensorValue => (isSingle ? op.reshape(value, [-1]) : value);
  const outer = x.shape?.slice(0, -2) ?? [];
  const found = op.emit('Gather', [cells, flat(pick(op, isThere, place, 0))], {
    attributes: { axis: rank - 2 },
    shape: [...outer, ...(isSingle ? [] : [band.high - band.low + 1]), null],
  });
  const filled = padding === undefined ? found : select(op, flat(isThere), found, padding);
  const least = op.constantOf(
    'INT64',
    [ks.elements?.length ?? 0, 1],
    (ks.elements ?? []).map((one) => (one === 0 ? 0 : 1)),
  );
  return valueIf(op, isAtMost(op, least, lengths), 'diag_index is out of bound', filled);
}

/** Where the elements of diagonals are in matrices of [rows, columns]: which cells, and the elements there. */
function spread(
  op: Op,
  diagonal: TensorValue,
  band: Band,
  rows: TensorValue,
  columns: TensorValue,
): { readonly isInBand: TensorValue; readonly cells: TensorValue } {
  const rank = op.rank(diagonal);
  const isSingle = band.low === band.high;
  const width = sizeAlong(op, diagonal, rank - 1);
  const row = unsqueeze(op, positions(op, op.int64s([0]), rows), [1]);
  const column = positions(op, op.int64s([0]), columns);
  const k = subtract(op, column, row);
  const isInBand = both(op, isAtMost(op, band.low, k), isAtMost(op, k, band.high));
  const start = startOf(op, band, k, lengthOf(op, k, rows, columns), width);
  const at = add(op, smaller(op, row, column), start);
  const place = add(op, multiply(op, subtract(op, band.high, k), width), at);
  const outer = rank - (isSingle ? 1 : 2);
  const size = isSingle ? width : multiply(op, width, band.high - band.low + 1);
  const flat = op.emit('Reshape', [diagonal, joined(op, [sizesOf(op, diagonal, 0, outer), size])], {
    attributes: { allowzero: 1 },
  });
  const cells = op.emit('Gather', [flat, pick(op, isInBand, place, 0)], { attributes: { axis: outer } });
  const matrix = [rows.elements?.[0] ?? null, columns.elements?.[0] ?? null];
  return { isInBand, cells: { ...cells, shape: [...(diagonal.shape?.slice(0, outer) ?? []), ...matrix] } };
}

/** diagonal, and from version 2 on k, rows, columns (-1: as many as it takes), padding. */
function matrixDiag(op: Op, band: Band): TensorValue {
  const diagonal = op.tensor(0);
  const width = sizeAlong(op, diagonal, op.rank(diagonal) - 1);
  const least = [subtract(op, width, Math.min(band.high, 0)), add(op, width, Math.max(band.low, 0))] as const;
  const [rows, columns] = matrixSize(op, least);
  const { isInBand, cells } = spread(op, diagonal, band, rows, columns);
  const padding = op.inputs.length > 1 ? op.tensor(4) : op.scalar(diagonal.dtype as NumericDType, 0); // no strings here
  const y = select(op, isInBand, cells, padding);
  const fits = both(op, isAtMost(op, least[0], rows), isAtMost(op, least[1], columns));
  const isTight = op.binary('Or', isAtMost(op, rows, least[0]), isAtMost(op, columns, least[1]));
  return op.inputs.length > 1 ? valueIf(op, both(op, fits, isTight), 'the diagonals do not fit the size', y) : y;
}

function matrixSize(op: Op, [rows, columns]: readonly [TensorValue, TensorValue]): readonly [TensorValue, TensorValue] {
  if (op.inputs.length === 1) {
    return [rows, columns];
  }
  const [givenRows, givenColumns] = [op.element(2), op.element(3)];
  if (givenRows === -1 && givenColumns === -1) {
    const square = larger(op, rows, columns);
    return [square, square];
  }
  return [givenRows === -1 ? rows : op.int64s([givenRows]), givenColumns === -1 ? columns : op.int64s([givenColumns])];
}

/** input [..., rows, columns], diagonal. */
function matrixSetDiag(op: Op, band: Band): TensorValue {
  const [x, given] = [op.tensor(0), op.tensor(1)];
  const rank = op.rank(x);
  const [rows, columns] = [sizeAlong(op, x, rank - 2), sizeAlong(op, x, rank - 1)];
  const ks = op.int64s(Array.from({ length: band.high - band.low + 1 }, (_, index) => band.high - index));
  const width = op.emit('ReduceMax', [lengthOf(op, ks, rows, columns)], { attributes: { keepdims: 1 }, shape: [1] });
  const count = band.low === band.high ? [] : [op.int64s([band.high - band.low + 1])];
  const wanted = joined(op, [sizesOf(op, x, 0, rank - 2), ...count, width]);
  const diagonal = op.emit('Reshape', [given, wanted], { attributes: { allowzero: 1 }, shape: given.shape });
  const { isInBand, cells } = spread(op, diagonal, band, rows, columns);
  return { ...select(op, isInBand, cells, x), shape: x.shape };
}

/** input, num_lower, num_upper: so many diagonals on either side of the main one stay, negative: all. */
function matrixBandPart(op: Op): TensorValue {
  const x = op.tensor(0);
  const rank = op.rank(x);
  const [rows, columns] = [sizeAlong(op, x, rank - 2), sizeAlong(op, x, rank - 1)];
  const row = unsqueeze(op, positions(op, op.int64s([0]), rows), [1]);
  const k = subtract(op, positions(op, op.int64s([0]), columns), row);
  const [lower, upper] = [1, 2].map((index) => op.cast(op.tensor(index), 'INT64')) as [TensorValue, TensorValue]; // two
  const isAll = (count: TensorValue): TensorValue => isAtMost(op, count, -1);
  const isAbove = op.binary('Or', isAll(lower), isAtMost(op, subtract(op, 0, k), lower));
  const isBelow = op.binary('Or', isAll(upper), isAtMost(op, k, upper));
  const zero = op.scalar(x.dtype as NumericDType, 0); // no strings here
  const y = { ...select(op, both(op, isAbove, isBelow), x, zero), shape: x.shape };
  const isSmall = [1, 2].every((index) => (op.tensor(index).elements?.[0] ?? 1) <= 0);
  const fits = both(op, isAtMost(op, lower, rows), isAtMost(op, upper, columns));
  return isSmall ? y : valueIf(op, fits, 'num_lower and num_upper must not be greater than the matrix', y);
}

/** [...shape] -> [...shape, ...shape]. */
function diag(op: Op): TensorValue {
  const x = op.tensor(0);
  const shape = op.shapeOf(x);
  const flat = op.emit('Reshape', [x, op.int64s([-1])], { shape: [null] });
  const size = sizeAlong(op, flat, 0);
  const { isInBand, cells } = spread(op, flat, MAIN, size, size);
  const matrix = select(op, isInBand, cells, op.scalar(x.dtype as NumericDType, 0)); // no strings here
  return op.emit('Reshape', [matrix, joined(op, [shape, shape])], { attributes: { allowzero: 1 } });
}

/** [...shape, ...shape] -> [...shape]. */
function diagPart(op: Op): TensorValue {
  const x = op.tensor(0);
  const rank = op.rank(x);
  const [shape, again] = [sizesOf(op, x, 0, rank / 2), sizesOf(op, x, rank / 2, rank)];
  const size = (part: TensorValue): TensorValue =>
    op.emit('ReduceProd', [part], { attributes: { keepdims: 1 }, shape: [1] });
  const matrix = op.emit('Reshape', [x, joined(op, [size(shape), size(again)])], {
    attributes: { allowzero: 1 },
    shape: [null, null],
  });
  const part = op.emit('Reshape', [matrixDiagPart(op, matrix, MAIN), shape], { attributes: { allowzero: 1 } });
  return valueIf(op, op.binary('Equal', shape, again, { dtype: 'BOOL' }), 'dimensions do not match', part);
}

/** ONNX Runtime chooses among signed numbers only: the bits are the same. */
function select(op: Op, condition: TensorValue, yes: TensorValue, no: TensorValue): TensorValue {
  const signed = (value: TensorValue): TensorValue => (value.dtype === 'UINT64' ? op.cast(value, 'INT64') : value);
  return op.cast(choose(op, condition, signed(yes), signed(no)), yes.dtype);
}
