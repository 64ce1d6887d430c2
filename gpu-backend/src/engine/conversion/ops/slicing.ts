import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { squeezed, unsqueeze } from './array.ts';

/** Ops that take parts of tensors. */
export const SLICING_OPS: OpTable = {
  StridedSlice: stridedSlice,
  Slice: slice,
  Split: split,
  SplitV: splitV,
  Unpack: unpack,
  ReverseV2: reverse,
};

/** Stands for the end of any dimension; ONNX clamps it. */
const OPEN = Number.MAX_SAFE_INTEGER;

/** What one entry of a strided slice says of one input dimension. */
interface Bounds {
  readonly axis: number;
  readonly begin: TensorValue;
  readonly end: TensorValue;
  readonly step: number;
}

function stridedSlice(op: Op): TensorValue {
  const x = op.tensor(0);
  const rank = op.rank(x);
  const steps = op.elements(3);
  const mask = (name: string, index: number): boolean => (op.attributes.int(name, 0) & (1 << index)) !== 0;
  const ellipses = steps.flatMap((_, index) => (mask('ellipsis_mask', index) ? [index] : []));
  if (ellipses.length > 1) {
    return op.refuse('it has several ellipses');
  }
  const taken = steps.filter((_, index) => !mask('new_axis_mask', index) && !mask('ellipsis_mask', index)).length;
  const bounds: Bounds[] = [];
  const shrunk: number[] = [];
  const added: number[] = [];
  let axis = 0;
  let position = 0; // in the result
  for (const [index, step] of steps.entries()) {
    if (mask('ellipsis_mask', index)) {
      axis += rank - taken;
      position += rank - taken;
    } else if (mask('new_axis_mask', index)) {
      added.push(position++);
    } else if (mask('shrink_axis_mask', index)) {
      bounds.push({ axis, step: 1, ...shrunkBounds(op, index) });
      shrunk.push(axis++);
    } else {
      const first = step > 0 ? 0 : OPEN;
      const last = step > 0 ? OPEN : -OPEN;
      const begin = mask('begin_mask', index) ? op.int64s([first]) : entryOf(op, 1, index);
      const end = mask('end_mask', index) ? op.int64s([last]) : entryOf(op, 2, index);
      bounds.push({ axis: axis++, begin, end, step });
      position++;
    }
  }
  const cut = sliceBy(
    op,
    x,
    bounds.filter((one) => !isWhole(one)),
  );
  const kept = squeezed(op, cut, shrunk);
  return added.length === 0 ? kept : unsqueeze(op, kept, added);
}

function isWhole({ begin, end, step }: Bounds): boolean {
  return step === 1 && begin.elements?.[0] === 0 && end.elements?.[0] === OPEN;
}

/** Entry `index` of vector input `input`: INT64 of one element. */
function entryOf(op: Op, input: number, index: number): TensorValue {
  const vector = op.tensor(input);
  const known = vector.elements?.[index];
  if (known !== undefined && known !== null) {
    return op.int64s([known]);
  }
  return op.emit('Slice', [op.cast(vector, 'INT64'), op.int64s([index]), op.int64s([index + 1])], { shape: [1] });
}

/** One element: an index out of range leaves nothing, which the squeeze that follows refuses as TensorFlow does. */
function shrunkBounds(op: Op, index: number): { readonly begin: TensorValue; readonly end: TensorValue } {
  const begin = entryOf(op, 1, index);
  const known = begin.elements?.[0];
  if (known !== undefined && known !== null) {
    return { begin, end: op.int64s([known === -1 ? OPEN : known + 1]) };
  }
  const isLast = op.emit('Equal', [begin, op.int64s([-1])], { dtype: 'BOOL', shape: [1] });
  const next = op.emit('Add', [begin, op.int64s([1])], { shape: [1] });
  return { begin, end: op.emit('Where', [isLast, op.int64s([OPEN]), next], { dtype: 'INT64', shape: [1] }) };
}

function sliceBy(op: Op, x: TensorValue, bounds: readonly Bounds[]): TensorValue {
  if (bounds.length === 0) {
    return x;
  }
  const axes = op.int64s(bounds.map(({ axis }) => axis));
  const steps = op.int64s(bounds.map(({ step }) => step));
  const begins = joined(
    op,
    bounds.map(({ begin }) => begin),
  );
  const ends = joined(
    op,
    bounds.map(({ end }) => end),
  );
  const shape = x.shape?.map((size, axis) => (bounds.some((one) => one.axis === axis) ? null : size)) ?? null;
  return op.emit('Slice', [x, begins, ends, axes, steps], { shape });
}

/** One vector of vectors of one element. */
function joined(op: Op, parts: readonly TensorValue[]): TensorValue {
  const known = parts.map((part) => part.elements?.[0]);
  if (known.every((one) => typeof one === 'number')) {
    return op.int64s(known);
  }
  return op.emit('Concat', parts, { attributes: { axis: 0 }, shape: [parts.length] });
}

/**
 * input, begin, size (-1: to the end). ONNX clamps what TensorFlow refuses, so a slice that is not known to fit is
 * reshaped to what it must be.
 */
function slice(op: Op): TensorValue {
  const x = op.tensor(0);
  const begins = op.tensor(1);
  const sizes = op.tensor(2);
  const rank = op.rank(x);
  const fits = Array.from({ length: rank }, (_, axis) => {
    const [begin, size, whole] = [begins.elements?.[axis], sizes.elements?.[axis], x.shape?.[axis]];
    if (begin === 0 && size === -1) {
      return true;
    }
    const isKnown = typeof begin === 'number' && typeof size === 'number' && typeof whole === 'number';
    return isKnown && begin >= 0 && begin + Math.max(size, 0) <= whole;
  });
  const zeros = op.int64s(new Array<number>(rank).fill(0));
  const start = op.cast(begins, 'INT64');
  const size = op.cast(sizes, 'INT64');
  const isOpen = op.emit('Less', [size, zeros], { dtype: 'BOOL', shape: [rank] });
  const whole = op.shapeOf(x);
  const wanted = op.emit('Where', [isOpen, op.emit('Sub', [whole, start], { shape: [rank] }), size], {
    dtype: 'INT64',
    shape: [rank],
  });
  const isNegative = op.emit('Less', [start, zeros], { dtype: 'BOOL', shape: [rank] });
  const guarded = op.emit('Where', [isNegative, whole, start], { dtype: 'INT64', shape: [rank] });
  const end = op.emit('Add', [start, wanted], { shape: [rank] });
  const cut = op.emit('Slice', [x, guarded, end], {
    shape: Array.from({ length: rank }, (_, axis) => knownSize(sizes.elements?.[axis])),
  });
  return fits.every(Boolean)
    ? cut
    : op.emit('Reshape', [cut, wanted], { attributes: { allowzero: 1 }, shape: cut.shape });
}

function knownSize(size: number | null | undefined): number | null {
  return size === undefined || size === null || size < 0 ? null : size;
}

function split(op: Op): readonly TensorValue[] {
  const count = op.attributes.int('num_split');
  const x = op.tensor(1);
  const axis = axisOf(op, op.element(0), op.rank(x));
  const whole = x.shape?.[axis] ?? null;
  const shape = x.shape?.map((size, one) => (one === axis ? whole && whole / count : size)) ?? null;
  if (whole !== null && whole % count !== 0) {
    return op.refuse(`dimension ${axis} of ${whole} is not divisible by ${count}`);
  }
  const options = { attributes: { axis, num_outputs: count }, shape };
  return count === 1
    ? [x]
    : op.emitMany(
        'Split',
        [x],
        Array.from({ length: count }, () => options),
      );
}

function splitV(op: Op): readonly TensorValue[] {
  const x = op.tensor(0);
  const axis = axisOf(op, op.element(2), op.rank(x));
  const sizes = op.elements(1);
  const whole = x.shape?.[axis] ?? null;
  const known = sizes.reduce((sum, size) => sum + Math.max(size, 0), 0);
  if (sizes.some((size) => size < 0) && whole === null) {
    return op.refuse('the size of a part is only known at run time');
  }
  const parts = sizes.map((size) => (size < 0 && whole !== null ? whole - known : size));
  const outputs = parts.map((size) => ({
    attributes: { axis },
    shape: x.shape?.map((one, at) => (at === axis ? size : one)) ?? null,
  }));
  return parts.length === 1 ? [x] : op.emitMany('Split', [x, op.int64s(parts)], outputs);
}

function unpack(op: Op): readonly TensorValue[] {
  const x = op.tensor(0);
  const count = op.attributes.int('num');
  const axis = axisOf(op, op.attributes.int('axis', 0), op.rank(x));
  return Array.from({ length: count }, (_, index) => {
    const part = op.emit('Gather', [x, op.scalar('INT64', index)], {
      attributes: { axis },
      shape: x.shape?.toSpliced(axis, 1) ?? null,
    });
    const element = x.shape?.length === 1 ? x.elements?.[index] : undefined;
    return element === undefined ? part : { ...part, elements: [element] };
  });
}

/** A dimension of `rank` that may be counted from the end. */
export function axisOf(op: Op, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  return at >= 0 && at < rank ? at : op.refuse(`axis ${axis} is outside of rank ${rank}`);
}

function reverse(op: Op): TensorValue {
  const x = op.tensor(0);
  const rank = op.rank(x);
  const axes = op.elements(1).map((axis) => axisOf(op, axis, rank));
  if (axes.length === 0) {
    return x;
  }
  const all = (number: number): TensorValue => op.int64s(axes.map(() => number));
  return op.emit('Slice', [x, all(OPEN), all(-OPEN), op.int64s(axes), all(-1)], { shape: x.shape });
}
