import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import {
  add,
  between,
  choose,
  counted,
  dimension,
  divide,
  float32,
  isEqual,
  isGreater,
  isLess,
  larger,
  multiply,
  pixelReader,
  rounded,
  sizeAt,
  smaller,
  subtract,
} from './pixels.ts';
import { valueIf } from './run-time-check.ts';

/** Pictures [n, h, w, c] read at computed places: crops and projections. */
export const WARPING_OPS: OpTable = {
  CropAndResize: cropAndResize,
  ImageProjectiveTransformV2: (op) => projected(op, op.scalar('FP32', 0)),
  ImageProjectiveTransformV3: (op) => projected(op, op.tensor(3)),
};

/** Places along one axis, FP32, broadcast with those of the other. */
interface Places {
  readonly place: TensorValue;
  /** INT64 size of the pictures along the axis. */
  readonly size: TensorValue;
}

/** image, boxes: [m, 4] as fractions of a picture, box_ind: [m], crop_size: [2] -> FP32 [m, ...crop_size, c]. */
function cropAndResize(op: Op): TensorValue {
  const method = op.attributes.string('method', 'bilinear');
  const image = op.tensor(0);
  const owners = op.cast(op.tensor(2), 'INT64');
  const last = subtract(op, dimension(op, image, 0), 1);
  const isOwned = op.unary('Not', op.binary('Or', isLess(op, owners, 0), isGreater(op, owners, last)));
  const checked = valueIf(op, isOwned, 'box_index has values outside of the batch', owners);
  const picture = unsqueezed(op, checked, [1, 2]);
  const rows = cropPlaces(op, 0);
  const columns = cropPlaces(op, 1);
  const read = pixelReader(op, float32(op, image));
  const outside = unsqueezed(op, op.binary('Or', isOutside(op, rows), isOutside(op, columns)), [3]);
  const pixels =
    method === 'nearest'
      ? read(picture, index(op, rows, rounded(op, rows.place)), index(op, columns, rounded(op, columns.place)))
      : method === 'bilinear'
        ? blended(op, rows, columns, (row, column) => read(picture, row, column))
        : op.refuse(`method ${method} is not supported`);
  const blank = op.scalar('FP32', op.attributes.float('extrapolation_value', 0));
  return op.emit('Where', [outside, blank, pixels], { dtype: 'FP32', shape: null });
}

/** [m, size, 1] along rows, [m, 1, size] along columns. */
function cropPlaces(op: Op, axis: 0 | 1): Places {
  const boxes = op.tensor(1);
  const side = (number: number): TensorValue =>
    unsqueezed(
      op,
      op.emit('Gather', [boxes, op.scalar('INT64', number)], { attributes: { axis: 1 }, shape: [null] }),
      [1],
    );
  const [start, end] = [side(axis), side(axis + 2)];
  const size = dimension(op, op.tensor(0), axis + 1);
  const count = sizeAt(op, op.tensor(3), axis);
  const steps = float32(op, subtract(op, count, 1));
  const reach = float32(op, subtract(op, size, 1));
  const scale = divide(op, multiply(op, subtract(op, end, start), reach), steps);
  const numbers = unsqueezed(op, float32(op, counted(op, count)), [0]);
  const spread = add(op, multiply(op, start, reach), multiply(op, numbers, scale));
  const middle = multiply(op, multiply(op, add(op, start, end), 0.5), reach);
  return { place: unsqueezed(op, choose(op, isGreater(op, count, 1), spread, middle), [axis === 0 ? 2 : 1]), size };
}

function isOutside(op: Op, { place, size }: Places): TensorValue {
  return op.binary('Or', isLess(op, place, 0), isGreater(op, place, float32(op, subtract(op, size, 1))));
}

/** INT64, moved into the picture. */
function index(op: Op, { size }: Places, place: TensorValue): TensorValue {
  return larger(op, smaller(op, op.cast(place, 'INT64'), subtract(op, size, 1)), 0);
}

/** Between the four pixels around each place. */
function blended(
  op: Op,
  rows: Places,
  columns: Places,
  read: (row: TensorValue, column: TensorValue) => TensorValue,
): TensorValue {
  const [top, bottom] = [op.unary('Floor', rows.place), op.unary('Ceil', rows.place)];
  const [left, right] = [op.unary('Floor', columns.place), op.unary('Ceil', columns.place)];
  const down = unsqueezed(op, subtract(op, rows.place, top), [3]);
  const across = unsqueezed(op, subtract(op, columns.place, left), [3]);
  const row = (place: TensorValue): TensorValue => {
    const at = index(op, rows, place);
    return between(op, read(at, index(op, columns, left)), read(at, index(op, columns, right)), across);
  };
  return between(op, row(top), row(bottom), down);
}

/** images, transforms: [n or 1, 8], output_shape: [2]; `fill`: what lies outside of the pictures. */
function projected(op: Op, fill: TensorValue): TensorValue {
  const images = op.tensor(0);
  const interpolation = op.attributes.string('interpolation');
  const mode = op.attributes.string('fill_mode', 'CONSTANT');
  const blank = op.cast(fill, images.dtype);
  const coefficient = (number: number): TensorValue =>
    unsqueezed(
      op,
      op.emit('Gather', [op.tensor(1), op.scalar('INT64', number)], { attributes: { axis: 1 }, shape: [null] }),
      [1, 2],
    );
  const x = unsqueezed(op, float32(op, counted(op, sizeAt(op, op.tensor(2), 1))), [0, 1]);
  const y = unsqueezed(op, float32(op, counted(op, sizeAt(op, op.tensor(2), 0))), [0, 2]);
  const weighted = (a: number, b: number): TensorValue =>
    add(op, multiply(op, coefficient(a), x), multiply(op, coefficient(b), y));
  const projection = add(op, weighted(6, 7), 1);
  const mapped = (a: number, axis: number): Places => {
    const size = dimension(op, images, axis);
    const place = divide(op, add(op, weighted(a, a + 1), coefficient(a + 2)), projection);
    return { size, place: filled(op, mode, place, float32(op, size)) };
  };
  const columns = mapped(0, 2);
  const rows = mapped(3, 1);
  const picture = unsqueezed(op, counted(op, dimension(op, images, 0)), [1, 2]);
  const pixels = pixelReader(op, images);
  const read = (row: TensorValue, column: TensorValue): TensorValue => {
    const isInside = op.binary('And', isPixel(op, rows, row), isPixel(op, columns, column));
    const pixel = pixels(picture, index(op, rows, row), index(op, columns, column));
    return op.emit('Where', [unsqueezed(op, isInside, [3]), pixel, blank], { dtype: images.dtype, shape: null });
  };
  const taken = interpolated(op, interpolation, rows, columns, read);
  const isFlat = unsqueezed(op, isEqual(op, projection, 0), [3]);
  return op.emit('Where', [isFlat, blank, taken], { dtype: images.dtype, shape: null });
}

function interpolated(
  op: Op,
  interpolation: string,
  rows: Places,
  columns: Places,
  read: (row: TensorValue, column: TensorValue) => TensorValue,
): TensorValue {
  if (interpolation === 'NEAREST') {
    return read(rounded(op, rows.place), rounded(op, columns.place));
  }
  if (interpolation !== 'BILINEAR' || op.tensor(0).dtype !== 'FP32') {
    return op.refuse(`interpolation ${interpolation} of ${op.tensor(0).dtype} is not supported`);
  }
  const [top, left] = [op.unary('Floor', rows.place), op.unary('Floor', columns.place)];
  const [bottom, right] = [add(op, top, 1), add(op, left, 1)];
  const blend = (
    a: TensorValue,
    b: TensorValue,
    place: TensorValue,
    low: TensorValue,
    high: TensorValue,
  ): TensorValue =>
    add(
      op,
      multiply(op, unsqueezed(op, subtract(op, high, place), [3]), a),
      multiply(op, unsqueezed(op, subtract(op, place, low), [3]), b),
    );
  const row = (at: TensorValue): TensorValue => blend(read(at, left), read(at, right), columns.place, left, right);
  return blend(row(top), row(bottom), rows.place, top, bottom);
}

function isPixel(op: Op, { size }: Places, place: TensorValue): TensorValue {
  return op.unary(
    'Not',
    op.binary('Or', isLess(op, place, 0), isGreater(op, place, float32(op, subtract(op, size, 1)))),
  );
}

/** Places outside of the picture, as the mode has them inside; `length` is FP32. */
function filled(op: Op, mode: string, place: TensorValue, length: TensorValue): TensorValue {
  const last = subtract(op, length, 1);
  const inside = (value: TensorValue): TensorValue => larger(op, smaller(op, value, last), 0);
  const isBefore = isLess(op, place, 0);
  const isBehind = isGreater(op, place, last);
  const isOne = isLess(op, last, 1);
  const truncated = (value: TensorValue): TensorValue => op.unary('Floor', value); // of what is positive
  const either = (before: TensorValue, behind: TensorValue): TensorValue =>
    inside(choose(op, isOne, op.scalar('FP32', 0), choose(op, isBefore, before, choose(op, isBehind, behind, place))));
  switch (mode) {
    case 'CONSTANT':
      return place;
    case 'NEAREST':
      return inside(place);
    case 'REFLECT': {
      const period = multiply(op, length, 2);
      const negated = op.unary('Neg', place);
      const near = add(op, multiply(op, period, truncated(divide(op, negated, period))), place);
      const isFar = isLess(op, near, op.unary('Neg', length));
      const before = choose(op, isFar, add(op, near, period), subtract(op, op.unary('Neg', near), 1));
      const rest = subtract(op, place, multiply(op, period, truncated(divide(op, place, period))));
      const isTurned = isLess(op, rest, length);
      return either(before, choose(op, isTurned, rest, subtract(op, subtract(op, period, rest), 1)));
    }
    case 'WRAP': {
      const turns = truncated(divide(op, op.unary('Neg', place), last));
      const before = add(op, place, multiply(op, length, add(op, turns, 1)));
      return either(before, subtract(op, place, multiply(op, length, truncated(divide(op, place, last)))));
    }
    default:
      return op.refuse(`fill_mode ${mode} is not supported`);
  }
}

function unsqueezed(op: Op, value: TensorValue, axes: readonly number[]): TensorValue {
  return op.emit('Unsqueeze', [value, op.int64s(axes)], { shape: null });
}
