import { MAX_ELEMENTS, type Op } from '../op.ts';
import type { FoldTable, KnownTensor } from '../op-handler.ts';
import type { Elements } from '../value.ts';

/** Folds of integer arithmetic on scalars and vectors, element by element; what overflows INT32 or 2^53 is not folded. */
export const INTEGER_FOLDS: FoldTable = {
  Add: binary((a, b) => a + b),
  AddV2: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Maximum: binary(Math.max),
  Minimum: binary(Math.min),
  FloorDiv: binary((a, b) => (b === 0 ? Number.NaN : Math.floor(a / b))),
  FloorMod: binary((a, b) => (b === 0 ? Number.NaN : a - Math.floor(a / b) * b)),
  Prod: reduced((elements) => elements.reduce((product, one) => product * one, 1)),
  Sum: reduced((elements) => elements.reduce((sum, one) => sum + one, 0)),
  Max: reduced((elements) => Math.max(...elements)),
  Min: reduced((elements) => Math.min(...elements)),
  Range: counted,
  Cast: casted,
};

interface IntegerTensor {
  readonly dtype: 'INT32' | 'INT64';
  readonly shape: readonly number[];
  readonly elements: Elements;
}

function integers(op: Op, index: number): IntegerTensor | undefined {
  const value = op.inputs[index];
  if (value?.kind !== 'tensor' || value.elements === undefined || !value.shape?.every((size) => size !== null)) {
    return undefined;
  }
  const { dtype, elements } = value;
  return dtype === 'INT32' || dtype === 'INT64'
    ? { dtype, shape: value.shape as readonly number[], elements }
    : undefined;
}

function fits(dtype: 'INT32' | 'INT64', number: number): boolean {
  return dtype === 'INT32' ? (number | 0) === number : Number.isSafeInteger(number);
}

function binary(compute: (a: number, b: number) => number): (op: Op) => KnownTensor | undefined {
  return (op) => {
    const a = integers(op, 0);
    const b = integers(op, 1);
    if (a === undefined || b === undefined || a.shape.length > 1 || b.shape.length > 1) {
      return undefined;
    }
    const [n, m] = [a.elements.length, b.elements.length];
    if (n !== m && n !== 1 && m !== 1) {
      return undefined;
    }
    const longer = a.shape.length > b.shape.length || (a.shape.length === b.shape.length && n >= m) ? a : b;
    const count = n === 1 ? m : n;
    const elements = Array.from({ length: count }, (_, index) => {
      const x = a.elements[n === 1 ? 0 : index] ?? null;
      const y = b.elements[m === 1 ? 0 : index] ?? null;
      const result = x === null || y === null ? Number.NaN : compute(x, y);
      return fits(a.dtype, result) ? result : null;
    });
    return { dtype: a.dtype, shape: longer.shape.length === 0 ? [] : [count], elements };
  };
}

/** Over all elements of a vector, or over no axes of a scalar. */
function reduced(compute: (elements: readonly number[]) => number): (op: Op) => KnownTensor | undefined {
  return (op) => {
    const x = integers(op, 0);
    const axes = integers(op, 1)?.elements;
    const isWhole = axes?.length === 1 && (axes[0] === 0 || axes[0] === -1);
    const isReduced = x?.shape.length === 1 ? isWhole : x?.shape.length === 0 && axes?.length === 0;
    if (x === undefined || !isReduced || x.elements.includes(null)) {
      return undefined;
    }
    const result = compute(x.elements as readonly number[]); // no null in it
    const shape = op.attributes.bool('keep_dims', false) ? x.shape.map(() => 1) : [];
    return fits(x.dtype, result) ? { dtype: x.dtype, shape, elements: [result] } : undefined;
  };
}

/** start, limit, delta: the numbers from start before limit. */
function counted(op: Op): KnownTensor | undefined {
  const [start, limit, delta] = [0, 1, 2].map((index) => integers(op, index));
  const [from, to, step] = [start, limit, delta].map((one) => (one?.shape.length === 0 ? one.elements[0] : undefined));
  if (start === undefined || from == null || to == null || step == null || step === 0) {
    return undefined;
  }
  const length = Math.max(0, Math.ceil((to - from) / step));
  const isShort = length <= MAX_ELEMENTS && (to - from) * step >= 0; // TensorFlow raises for a step that leads away
  const elements = isShort ? Array.from({ length }, (_, index) => from + index * step) : [];
  return isShort ? { dtype: start.dtype, shape: [length], elements } : undefined;
}

/** Between INT32 and INT64. */
function casted(op: Op): KnownTensor | undefined {
  const x = integers(op, 0);
  const dtype = op.attributes.type('DstT');
  if (x === undefined) {
    return undefined;
  }
  if (dtype === 'INT32' || dtype === 'INT64') {
    const elements = x.elements.map((one) => (one !== null && fits(dtype, one) ? one : null));
    return { dtype, shape: x.shape, elements };
  }
  return undefined;
}
