import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { allElements, type TensorValue } from '../value.ts';
import { squeezed, unsqueeze } from './array.ts';
import { sizeAlong } from './index-arithmetic.ts';

/** Ops that take parts of tensors. */
export const SLICING_OPS: OpTable = {
  StridedSlice: stridedSlice,
  Slice: slice,
  Split: split,
  SplitV: splitV,
  Unpack: unpack,
  ReverseV2: reverse,
  Reverse: (op) =>
    reversed(
      op,
      op.elements(1).flatMap((isReversed, axis) => (isReversed ? [axis] : [])),
    ),
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

/** input, begin, size (-1: to the end). */
function slice(op: Op): TensorValue {
  const x = op.tensor(0);
  const rank = op.rank(x);
  const [begins, sizes] = [op.tensor(1).elements, op.tensor(2).elements];
  if (rank === 0) {
    return x;
  }
  const fits = Array.from({ length: rank }, (_, axis) => {
    const [begin, size, whole] = [begins?.[axis], sizes?.[axis], x.shape?.[axis]];
    if (begin === 0 && size === -1) {
      return true;
    }
    const isKnown = typeof begin === 'number' && typeof size === 'number' && typeof whole === 'number';
    return isKnown && begin >= 0 && begin + Math.max(size, 0) <= whole && size >= -1;
  });
  const shape = Array.from({ length: rank }, (_, axis) => knownSize(sizes?.[axis]));
  if (!fits.every(Boolean)) {
    return checkedSlice(op, shape);
  }
  const starts = (begins ?? []).map((begin) => begin ?? 0); // all are known
  const ends = starts.map((begin, axis) => (sizes?.[axis] === -1 ? OPEN : begin + (sizes?.[axis] ?? 0)));
  return op.emit('Slice', [x, op.int64s(starts), op.int64s(ends)], { shape });
}

/** ONNX clamps what TensorFlow refuses: the slice is reshaped to what it must be, or to what cannot be. */
function checkedSlice(op: Op, shape: readonly (number | null)[]): TensorValue {
  const x = op.tensor(0);
  const [start, size] = [op.cast(op.tensor(1), 'INT64'), op.cast(op.tensor(2), 'INT64')];
  const vector = [shape.length];
  const all = (number: number): TensorValue => op.int64s(shape.map(() => number));
  const whole = op.shapeOf(x);
  const isOpen = op.emit('Equal', [size, all(-1)], { dtype: 'BOOL', shape: vector });
  const rest = op.emit('Sub', [whole, start], { shape: vector });
  const wanted = op.emit('Where', [isOpen, rest, size], { dtype: 'INT64', shape: vector });
  const end = op.emit('Add', [start, wanted], { shape: vector });
  const isLess = (a: TensorValue, b: TensorValue): TensorValue =>
    op.emit('Less', [a, b], { dtype: 'BOOL', shape: vector });
  const isOutside = op.binary('Or', isLess(start, all(0)), op.binary('Or', isLess(wanted, all(0)), isLess(whole, end)));
  const cut = op.emit('Slice', [x, start, end], { shape });
  const possible = op.emit('Where', [isOutside, all(-2), wanted], { dtype: 'INT64', shape: vector });
  return op.emit('Reshape', [cut, possible], { attributes: { allowzero: 1 }, shape });
}

function knownSize(size: number | null | undefined): number | null {
  return size === undefined || size === null || size < 0 ? null : size;
}

function split(op: Op): readonly TensorValue[] {
  const count = op.attributes.int('num_split');
  const x = op.tensor(1);
  const axis = axisOf(op, op.element(0), op.rank(x));
  const whole = x.shape?.[axis] ?? null;
  if (whole !== null && whole % count !== 0) {
    return op.refuse(`dimension ${axis} of ${whole} is not divisible by ${count}`);
  }
  if (count === 1) {
    return [x];
  }
  const sizes = new Array<number | null>(count).fill(whole && whole / count);
  return splitInto(op, x, axis, sizes, () => {
    const part = op.emit('Div', [sizeAlong(op, x, axis), op.int64s([count])], { shape: [1] });
    return op.emit('Expand', [part, op.int64s([count])], { shape: [count] });
  });
}

function splitV(op: Op): readonly TensorValue[] {
  const x = op.tensor(0);
  const axis = axisOf(op, op.element(2), op.rank(x));
  const count = op.attributes.int('num_split');
  const whole = x.shape?.[axis] ?? null;
  const given = op.tensor(1).elements ?? new Array<null>(count).fill(null);
  const known = allElements(op.tensor(1));
  const rest = whole === null || known === undefined ? null : whole - known.reduce((sum, one) => sum + one, 1);
  const sizes = given.map((size) => (size === -1 ? rest : size));
  if (sizes.some((size) => size !== null && size < 0)) {
    return op.refuse(`sizes ${given} do not fit dimension ${axis} of ${whole}`);
  }
  return splitInto(op, x, axis, sizes, () => {
    const wanted = op.cast(op.tensor(1), 'INT64');
    const sum = op.emit('ReduceSum', [wanted], { attributes: { keepdims: 1 }, shape: [1] });
    const left = op.emit('Sub', [sizeAlong(op, x, axis), op.emit('Add', [sum, op.int64s([1])], { shape: [1] })]);
    const isOpen = op.emit('Equal', [wanted, op.int64s([-1])], { dtype: 'BOOL', shape: [count] });
    return op.emit('Where', [isOpen, left, wanted], { dtype: 'INT64', shape: [count] });
  });
}

/** Parts of these sizes, which have to fill the dimension; `computed` gives them where one is null. */
function splitInto(
  op: Op,
  x: TensorValue,
  axis: number,
  sizes: readonly (number | null)[],
  computed: () => TensorValue,
): readonly TensorValue[] {
  const known = sizes.every((size) => size !== null) ? op.int64s(sizes) : computed();
  const outputs = sizes.map((size) => ({ attributes: { axis }, shape: x.shape?.with(axis, size) ?? null }));
  return withElements(x, sizes, op.emitMany('Split', [x, known], outputs));
}

/** The parts of a vector, with the elements that are known. */
function withElements(
  x: TensorValue,
  sizes: readonly (number | null)[],
  parts: readonly TensorValue[],
): readonly TensorValue[] {
  if (x.shape?.length !== 1 || x.elements === undefined || sizes.includes(null)) {
    return parts;
  }
  let end = 0;
  return parts.map((part, index) => {
    const start = end;
    end += sizes[index] ?? 0;
    return { ...part, elements: x.elements?.slice(start, end) ?? [] };
  });
}

function unpack(op: Op): readonly TensorValue[] {
  const x = op.tensor(0);
  const count = op.attributes.int('num');
  const axis = axisOf(op, op.attributes.int('axis', 0), op.rank(x));
  const whole = x.shape?.[axis] ?? null;
  if (whole !== null && whole !== count) {
    return op.refuse(`dimension ${axis} is ${whole}, not ${count}`);
  }
  const ones = new Array<number>(count).fill(1);
  const parts = splitInto(op, x, axis, ones, () => op.int64s(ones));
  return parts.map((part) => {
    const dropped = squeezed(op, part, [axis]);
    return part.elements === undefined ? dropped : { ...dropped, elements: part.elements };
  });
}

/** A dimension of `rank` that may be counted from the end. */
export function axisOf(op: Op, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  return at >= 0 && at < rank ? at : op.refuse(`axis ${axis} is outside of rank ${rank}`);
}

function reverse(op: Op): TensorValue {
  const rank = op.rank(op.tensor(0));
  return reversed(
    op,
    op.elements(1).map((axis) => axisOf(op, axis, rank)),
  );
}

function reversed(op: Op, axes: readonly number[]): TensorValue {
  const x = op.tensor(0);
  if (axes.length === 0) {
    return x;
  }
  const all = (number: number): TensorValue => op.int64s(axes.map(() => number));
  return op.emit('Slice', [x, all(OPEN), all(-OPEN), op.int64s(axes), all(-1)], { shape: x.shape });
}
