import type { DType } from '@tensorfleet/core';
import { MAX_ELEMENTS, type Op } from '../op.ts';
import type { FoldTable, KnownTensor, OpFold } from '../op-handler.ts';
import { broadcastShapes, sizeOf } from '../shape.ts';
import { knownInput } from './known-input.ts';

type Folded = KnownTensor['dtype'];
type Compute = (operands: readonly number[], dtype: Folded) => number;

/** Folds of arithmetic, element by element; what overflows, is not finite or beyond 2^53 is not folded. */
export const ELEMENT_FOLDS: FoldTable = {
  Add: binary((a, b) => a + b),
  AddV2: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Maximum: binary(Math.max),
  Minimum: binary(Math.min),
  FloorDiv: integersOnly(binary((a, b) => Math.floor(a / b))),
  FloorMod: integersOnly(binary((a, b) => a - Math.floor(a / b) * b)),
  RealDiv: floatsOnly(binary((a, b) => a / b)),
  Neg: binary((a) => -a),
  Floor: binary(Math.floor),
  Ceil: binary(Math.ceil),
  Round: binary(halfToEven),
  Equal: comparison((a, b) => a === b),
  NotEqual: comparison((a, b) => a !== b),
  Less: comparison((a, b) => a < b),
  LessEqual: comparison((a, b) => a <= b),
  Greater: comparison((a, b) => a > b),
  GreaterEqual: comparison((a, b) => a >= b),
  LogicalAnd: comparison((a, b) => a !== 0 && b !== 0),
  LogicalOr: comparison((a, b) => a !== 0 || b !== 0),
  LogicalNot: comparison((a) => a === 0),
  SelectV2: (op) => elementwise(op, ([condition, yes = Number.NaN, no = Number.NaN]) => (condition ? yes : no), 1),
  Prod: integersOnly(reduced((elements) => elements.reduce((product, one) => product * one, 1))),
  Sum: integersOnly(reduced((elements) => elements.reduce((sum, one) => sum + one, 0))),
  Max: reduced((elements) => Math.max(...elements)),
  Min: reduced((elements) => Math.min(...elements)),
  All: reduced((elements) => (elements.every((one) => one !== 0) ? 1 : 0)),
  Any: reduced((elements) => (elements.some((one) => one !== 0) ? 1 : 0)),
  Cast: casted,
};

/** `number` as the dtype holds it; null when it is not known how. */
function rounded(dtype: DType, number: number): number | null {
  switch (dtype) {
    case 'INT32':
      return (number | 0) === number ? number | 0 : null;
    case 'INT64':
      return Number.isSafeInteger(number) ? number : null;
    case 'FP32':
      return Number.isFinite(Math.fround(number)) ? Math.fround(number) : null;
    case 'FP64':
      return Number.isFinite(number) ? number : null;
    case 'BOOL':
      return number === 0 ? 0 : 1;
    default:
      return null;
  }
}

function binary(compute: (a: number, b: number) => number): OpFold {
  return (op) => elementwise(op, ([a = Number.NaN, b = Number.NaN]) => compute(a, b), 0);
}

function comparison(compute: (a: number, b: number) => boolean): OpFold {
  return (op) => elementwise(op, ([a = Number.NaN, b = Number.NaN]) => (compute(a, b) ? 1 : 0), 'BOOL');
}

function integersOnly(fold: OpFold): OpFold {
  return (op) => (knownInput(op, 0)?.dtype.startsWith('INT') ? fold(op) : undefined);
}

function floatsOnly(fold: OpFold): OpFold {
  return (op) => (knownInput(op, 0)?.dtype.startsWith('FP') ? fold(op) : undefined);
}

function halfToEven(number: number): number {
  const low = Math.floor(number);
  const isLow = number - low < 0.5 || (number - low === 0.5 && low % 2 === 0);
  return isLow ? low : low + 1;
}

/** With broadcasting. `result`: the dtype, or the input that has it. */
function elementwise(op: Op, compute: Compute, result: number | 'BOOL'): KnownTensor | undefined {
  const inputs = op.inputs.map((_, index) => knownInput(op, index)).filter((input) => input !== undefined);
  const shape = inputs.reduce<readonly (number | null)[] | null>((all, one) => broadcastShapes(all, one.shape), []);
  const count = sizeOf(shape);
  const dtype = result === 'BOOL' ? result : inputs[result]?.dtype;
  if (inputs.length < op.inputs.length || shape === null || dtype === undefined || count === undefined) {
    return undefined;
  }
  const sizes = shape as readonly number[]; // all inputs are static
  const fits = inputs.every((input) =>
    input.shape.every((size, axis) => size === 1 || size === sizes.at(axis - input.shape.length)),
  );
  if (!fits || count > MAX_ELEMENTS) {
    return undefined;
  }
  const elements = Array.from({ length: count }, (_, index) => {
    const operands = inputs.map((input) => input.elements[placeIn(input.shape, sizes, index)] ?? null);
    return operands.includes(null) ? null : rounded(dtype, compute(operands as readonly number[], dtype)); // no null in it
  });
  return { dtype, shape: sizes, elements };
}

/** Where an element of a tensor of `sizes` comes from in one of `shape` that is broadcast to it. */
function placeIn(shape: readonly number[], sizes: readonly number[], index: number): number {
  let [rest, place, stride] = [index, 0, 1];
  for (let axis = 1; axis <= shape.length; axis++) {
    const [own = 1, size = 1] = [shape.at(-axis), sizes.at(-axis)];
    place += own === 1 ? 0 : (rest % size) * stride;
    rest = Math.floor(rest / size);
    stride *= own;
  }
  return place;
}

/** Over all elements of a vector, or over no axes of a scalar. */
function reduced(compute: (elements: readonly number[]) => number): OpFold {
  return (op) => {
    const x = knownInput(op, 0);
    const axes = knownInput(op, 1)?.elements;
    const isWhole = axes?.length === 1 && (axes[0] === 0 || axes[0] === -1);
    const isReduced = x?.shape.length === 1 ? isWhole : x?.shape.length === 0 && axes?.length === 0;
    if (x === undefined || !isReduced || x.elements.includes(null)) {
      return undefined;
    }
    const shape = op.attributes.bool('keep_dims', false) ? x.shape.map(() => 1) : [];
    const result = rounded(x.dtype, compute(x.elements as readonly number[])); // no null in it
    return { dtype: x.dtype, shape, elements: [result] };
  };
}

/** Integers of floats are cut towards 0. */
function casted(op: Op): KnownTensor | undefined {
  const x = knownInput(op, 0);
  if (x === undefined) {
    return undefined; // before the dtype is read, which may be a complex one
  }
  const dtype = op.attributes.type('DstT');
  if (dtype === 'STRING' || op.attributes.bool('Truncate', false)) {
    return undefined;
  }
  const isCut = x.dtype.startsWith('FP') && dtype.startsWith('INT');
  const elements = x.elements.map((one) => (one === null ? null : rounded(dtype, isCut ? Math.trunc(one) : one)));
  return { dtype, shape: x.shape, elements };
}
