import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import {
  add,
  along,
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
  rounded,
  sizeAt,
  smaller,
  subtract,
} from './pixels.ts';
import { areaTaps, kernelTaps, type Taps } from './resampling.ts';
import { valueIf } from './run-time-check.ts';

/**
 * Pictures [n, h, w, c] in another size. TensorFlow computes places in FP32, and other formulas pick other pixels at
 * ties: its own are emitted, which ONNX Runtime folds where the sizes are known.
 */
export const RESIZE_OPS: OpTable = {
  ResizeNearestNeighbor: nearest,
  ResizeBilinear: bilinear,
  ResizeBicubic: (op) => [2, 1].reduce((x, axis) => cubic(op, x, axis), float32(op, op.tensor(0))),
  ResizeArea: resampled(area),
  ScaleAndTranslate: resampled(scaleAndTranslate),
};

interface Axis {
  readonly axis: number;
  /** INT64 scalars. */
  readonly from: TensorValue;
  readonly to: TensorValue;
}

function axisOf(op: Op, axis: number): Axis {
  const size = sizeAt(op, op.tensor(1), axis - 1);
  const known = size.elements?.[0] ?? null;
  const message = 'output dimensions must be positive';
  if (known !== null && known < 1) {
    return op.refuse(message);
  }
  const to = known === null ? valueIf(op, isGreater(op, size, 0), message, size) : size;
  return { axis, from: dimension(op, op.tensor(0), axis), to };
}

/** Where each new pixel lies among the old, FP32 [to]; `shift` is taken off behind half pixels. */
function places(op: Op, { from, to }: Axis, shift: number): TensorValue {
  const [old, wanted] = [float32(op, from), float32(op, to)];
  const whole = divide(op, old, wanted);
  const inner = divide(op, subtract(op, old, 1), subtract(op, wanted, 1));
  const isAligned = op.attributes.bool('align_corners', false);
  const scale = isAligned ? choose(op, isGreater(op, to, 1), inner, whole) : whole;
  const numbers = float32(op, counted(op, to));
  if (!op.attributes.bool('half_pixel_centers', false)) {
    return multiply(op, numbers, scale);
  }
  const centres = multiply(op, add(op, numbers, 0.5), scale);
  return shift === 0 ? centres : subtract(op, centres, shift);
}

function nearest(op: Op): TensorValue {
  const x = op.tensor(0);
  if (isWholeMultiple(op, x)) {
    return enlarged(op, x, { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' });
  }
  return [1, 2].reduce((picture, index) => {
    const axis = axisOf(op, index);
    const place = places(op, axis, 0);
    const whole = op.attributes.bool('align_corners', false) ? rounded(op, place) : op.unary('Floor', place);
    const last = subtract(op, axis.from, 1);
    const inside = larger(op, smaller(op, op.cast(whole, 'INT64'), last), 0);
    return op.emit('Gather', [picture, inside], { attributes: { axis: index } });
  }, x);
}

/** Whether the size is a multiple that TensorFlow's rounding leaves exact: what most layers ask for. */
function isWholeMultiple(op: Op, x: TensorValue): boolean {
  const isKernel = ['FP32', 'FP16', 'BF16', 'UINT8', 'INT8', 'INT32'].includes(x.dtype);
  const shift = op.attributes.bool('half_pixel_centers', false) ? 0.5 : 0;
  const isExact = (from: number, to: number): boolean =>
    Array.from({ length: to }, (_, place) => place).every(
      (place) => Math.floor(Math.fround((place + shift) * Math.fround(from / to))) === Math.floor((place * from) / to),
    );
  const isMultiple = [1, 2].every((axis) => {
    const [from, to] = [x.shape?.[axis] ?? 0, op.tensor(1).elements?.[axis - 1] ?? 0];
    return from > 0 && to > 0 && to % from === 0 && isExact(from, to);
  });
  return isKernel && isMultiple && !op.attributes.bool('align_corners', false);
}

/** By ONNX's own op, for known sizes. */
function enlarged(op: Op, x: TensorValue, attributes: Readonly<Record<string, string>>): TensorValue {
  const y = op.transpose(x, [0, 3, 1, 2]);
  const outer = op.emit('Slice', [op.shapeOf(y), op.int64s([0]), op.int64s([2])], { dtype: 'INT64', shape: [2] });
  const sizes = op.emit('Concat', [outer, op.cast(op.tensor(1), 'INT64')], { attributes: { axis: 0 } });
  return op.transpose(op.emit('Resize', [y, undefined, undefined, sizes], { attributes }), [0, 2, 3, 1]);
}

/** FP32, whatever the dtype of the pictures. */
function bilinear(op: Op): TensorValue {
  const x = float32(op, op.tensor(0));
  const isAligned = op.attributes.bool('align_corners', false);
  const ratios = [1, 2].map((axis) => (op.tensor(1).elements?.[axis - 1] ?? 0) / (x.shape?.[axis] ?? 0));
  if (!isAligned && ratios.every((ratio) => ratio === 1)) {
    return x;
  }
  if (!isAligned && ratios.every((ratio) => Number.isInteger(Math.log2(ratio)) && ratio >= 1)) {
    const isCentred = op.attributes.bool('half_pixel_centers', false); // powers of 2 leave nothing to round
    return enlarged(op, x, {
      mode: 'linear',
      coordinate_transformation_mode: isCentred ? 'half_pixel' : 'asymmetric',
    });
  }
  return [2, 1].reduce((picture, index) => {
    const axis = axisOf(op, index);
    const place = places(op, axis, 0.5);
    const floor = op.unary('Floor', place);
    const lower = larger(op, op.cast(floor, 'INT64'), 0);
    const upper = smaller(op, op.cast(op.unary('Ceil', place), 'INT64'), subtract(op, axis.from, 1));
    const [a, b] = [lower, upper].map((taken) => op.emit('Gather', [picture, taken], { attributes: { axis: index } }));
    const part = along(op, subtract(op, place, floor), index, 4);
    return a && b ? between(op, a, b, part) : op.refuse('no pixels'); // both were made
  }, x);
}

/** TensorFlow looks weights up at this many places between two pixels. */
const CUBIC_STEPS = 1024;

/** Weights of pixels at distances 0 to 2, in steps; `a` is the slope of the kernel at 1. */
function cubicTable(a: number): readonly number[] {
  return Array.from({ length: 2 * CUBIC_STEPS + 1 }, (_, step) => {
    const x = step / CUBIC_STEPS;
    return step <= CUBIC_STEPS ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  });
}

function cubic(op: Op, x: TensorValue, index: number): TensorValue {
  const axis = axisOf(op, index);
  const isCentred = op.attributes.bool('half_pixel_centers', false);
  const table = op.constantOf('FP32', [2 * CUBIC_STEPS + 1], cubicTable(isCentred ? -0.5 : -0.75));
  const place = places(op, axis, 0.5);
  const floor = op.unary('Floor', place);
  const first = op.cast(floor, 'INT64');
  const step = op.cast(op.unary('Round', multiply(op, subtract(op, place, floor), CUBIC_STEPS)), 'INT64');
  const distances = [
    add(op, step, CUBIC_STEPS),
    step,
    subtract(op, op.scalar('INT64', CUBIC_STEPS), step),
    subtract(op, op.scalar('INT64', 2 * CUBIC_STEPS), step),
  ];
  const taps = distances.map((distance, tap) => {
    const wanted = add(op, first, tap - 1);
    const taken = larger(op, smaller(op, wanted, subtract(op, axis.from, 1)), 0);
    const weight = op.emit('Gather', [table, distance], { shape: distance.shape });
    return { taken, weight: isCentred ? choose(op, isEqual(op, taken, wanted), weight, 0) : weight };
  });
  const sum = taps.map(({ weight }) => weight).reduce((total, weight) => add(op, total, weight));
  const isTiny = isLess(op, op.unary('Abs', sum), 1.2e-35);
  const parts = taps.map(({ taken, weight }) => {
    const share = isCentred ? choose(op, isTiny, weight, divide(op, weight, sum)) : weight;
    const pixels = op.emit('Gather', [x, taken], { attributes: { axis: index } });
    return multiply(op, pixels, along(op, { ...share, shape: place.shape }, index, 4));
  });
  return parts.reduce((total, part) => add(op, total, part));
}

function knownSizes(op: Op, axis: number): readonly [from: number, to: number] {
  const from = op.tensor(0).shape?.[axis] ?? op.refuse('the size of the pictures is unknown');
  const to = op.elements(1)[axis - 1] ?? 0;
  return from > 0 && to > 0 ? [from, to] : op.refuse('sizes must be positive');
}

/** One axis after the other, by weights that are known. FP32. */
function resampled(tapsOf: (op: Op, axis: number) => readonly Taps[]): OpHandler {
  return (op) =>
    [1, 2].reduce(
      (x, axis) => {
        const parts = tapsOf(op, axis).map(({ indices, weights }) => {
          const pixels = op.emit('Gather', [x, op.int64s(indices)], { attributes: { axis } });
          return multiply(op, pixels, along(op, op.constantOf('FP32', [weights.length], weights), axis, 4));
        });
        return parts.length === 0
          ? op.refuse('the pictures are empty')
          : parts.reduce((sum, part) => add(op, sum, part));
      },
      float32(op, op.tensor(0)),
    );
}

function area(op: Op, axis: number): readonly Taps[] {
  const [from, to] = knownSizes(op, axis);
  const isAligned = op.attributes.bool('align_corners', false) && to > 1;
  return isAligned && from === 1 ? op.refuse('one pixel has no corners to align') : areaTaps(from, to, isAligned);
}

function scaleAndTranslate(op: Op, axis: number): readonly Taps[] {
  const [from, to] = knownSizes(op, axis);
  const kernel = op.attributes.string('kernel_type', 'lanczos3');
  const isAntialiased = op.attributes.bool('antialias', true);
  const [scale = 0, translation = 0] = [op.elements(2)[axis - 1], op.elements(3)[axis - 1]];
  return (
    kernelTaps({ from, to, scale, translation, isAntialiased }, kernel) ?? op.refuse(`kernel ${kernel} is unknown`)
  );
}
