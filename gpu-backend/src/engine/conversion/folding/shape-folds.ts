import { elementCount } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import { MAX_ELEMENTS } from '../op.ts';
import type { FoldTable, KnownTensor } from '../op-handler.ts';
import { stridedRange } from '../strided-range.ts';
import { allElements, type TensorValue, type Value } from '../value.ts';
import { knownInput } from './known-input.ts';

/** Folds of ops that ask for shapes and rearrange known elements. */
export const SHAPE_FOLDS: FoldTable = {
  Shape: (op) => shapeOf(op, op.inputs[0]),
  Size: (op) => sizeOf(op),
  Rank: (op) => {
    const rank = shapeOfValue(op.inputs[0])?.length;
    return rank === undefined ? undefined : { dtype: 'INT32', shape: [], elements: [rank] };
  },
  Identity: (op) => moved(op, (x) => x.shape),
  Reshape: (op) => moved(op, (x) => reshaped(op, x)),
  Squeeze: (op) => moved(op, () => staticOutputShape(op)),
  ExpandDims: (op) => moved(op, () => staticOutputShape(op)),
  Pack: packed,
  ConcatV2: concatenated,
  StridedSlice: sliced,
  GatherV2: gathered,
  InvertPermutation: inverted,
  Range: ranged,
  Fill: filled,
  ZerosLike: (op) => filledLike(op, 0),
  OnesLike: (op) => filledLike(op, 1),
  Slice: cut,
  ReverseV2: reversed,
};

function shapeOfValue(value: Value | undefined): TensorValue['shape'] {
  if (value?.kind === 'tensor') {
    return value.shape;
  }
  return value?.kind === 'variable' ? value.constant.shape : null;
}

function indexType(op: Op): 'INT32' | 'INT64' {
  return op.attributes.type('out_type', 'INT32') === 'INT64' ? 'INT64' : 'INT32';
}

function shapeOf(op: Op, value: Value | undefined): KnownTensor | undefined {
  const shape = shapeOfValue(value);
  return shape === null ? undefined : { dtype: indexType(op), shape: [shape.length], elements: shape };
}

function sizeOf(op: Op): KnownTensor | undefined {
  const shape = shapeOfValue(op.inputs[0]);
  if (shape === null || shape.some((size) => size === null)) {
    return undefined;
  }
  return { dtype: indexType(op), shape: [], elements: [elementCount(shape as readonly number[])] }; // no null in it
}

/** The same elements in another shape. */
function moved(op: Op, shapeOfOutput: (input: KnownTensor) => readonly number[] | undefined): KnownTensor | undefined {
  const input = knownInput(op, 0);
  const shape = input && shapeOfOutput(input);
  return input && shape && elementCount(shape) === input.elements.length ? { ...input, shape } : undefined;
}

function staticOutputShape(op: Op): readonly number[] | undefined {
  const shape = op.outputShapes[0];
  return shape?.every((size) => size !== null) ? (shape as readonly number[]) : undefined;
}

function reshaped(op: Op, { elements }: KnownTensor): readonly number[] | undefined {
  const wanted = op.inputs[1]?.kind === 'tensor' ? allElements(op.inputs[1]) : undefined;
  const known = wanted?.reduce((product, size) => (size < 0 ? product : product * size), 1) ?? 0;
  return known === 0 ? undefined : wanted?.map((size) => (size < 0 ? elements.length / known : size));
}

function packed(op: Op): KnownTensor | undefined {
  const inputs = op.inputs.map((value) => (value.kind === 'tensor' ? value : undefined));
  const [first] = inputs;
  if (first === undefined || first.dtype === 'STRING' || !inputs.every((input) => input?.shape?.length === 0)) {
    return undefined;
  }
  const elements = inputs.map((input) => input?.elements?.[0] ?? null);
  return { dtype: first.dtype, shape: [elements.length], elements };
}

/** Vectors only: what shapes are made of. */
function concatenated(op: Op): KnownTensor | undefined {
  const parts: KnownTensor[] = [];
  for (let index = 0; index < op.inputs.length - 1; index++) {
    const value = op.inputs[index];
    const length = value?.kind === 'tensor' && value.shape?.length === 1 ? value.shape[0] : undefined;
    if (value?.kind !== 'tensor' || value.dtype === 'STRING' || length === undefined || length === null) {
      return undefined;
    }
    const elements = value.elements ?? new Array<null>(length).fill(null);
    parts.push({ dtype: value.dtype, shape: [length], elements });
  }
  const elements = parts.flatMap((part) => part.elements);
  return parts[0] && { dtype: parts[0].dtype, shape: [elements.length], elements };
}

/** Of a vector, with all bounds known. */
function sliced(op: Op): KnownTensor | undefined {
  const input = knownInput(op, 0);
  const bounds = [1, 2, 3].map((index) => knownInput(op, index)?.elements);
  const [begin, end, step] = bounds.map((elements) => (elements?.length === 1 ? elements[0] : undefined));
  const isPlain = ['ellipsis_mask', 'new_axis_mask'].every((name) => op.attributes.int(name, 0) === 0);
  if (input?.shape.length !== 1 || !isPlain || typeof begin !== 'number' || typeof end !== 'number' || !step) {
    return undefined;
  }
  if (op.attributes.int('shrink_axis_mask', 0) === 1) {
    const element = input.elements[begin < 0 ? begin + input.elements.length : begin];
    return element === undefined ? undefined : { ...input, shape: [], elements: [element] };
  }
  const from = op.attributes.int('begin_mask', 0) === 1 ? undefined : begin;
  const to = op.attributes.int('end_mask', 0) === 1 ? undefined : end;
  const elements = stridedRange(input.elements.length, from, to, step).map((index) => input.elements[index] ?? null);
  return { ...input, shape: [elements.length], elements };
}

/** Of a vector by a known scalar or vector. */
function gathered(op: Op): KnownTensor | undefined {
  const input = knownInput(op, 0);
  const indices = knownInput(op, 1);
  if (input?.shape.length !== 1 || indices === undefined || op.attributes.int('batch_dims', 0) !== 0) {
    return undefined;
  }
  const elements = indices.elements.map((index) => (index === null ? null : input.elements[index]));
  return elements.includes(undefined)
    ? undefined
    : { ...input, shape: indices.shape, elements: elements as KnownTensor['elements'] }; // no undefined in it
}

function inverted(op: Op): KnownTensor | undefined {
  const input = knownInput(op, 0);
  const places = input?.elements.map((_, place) => input.elements.indexOf(place));
  return input === undefined || places === undefined || places.includes(-1)
    ? undefined
    : { ...input, elements: places };
}

/** Of integers. */
function ranged(op: Op): KnownTensor | undefined {
  const inputs = [0, 1, 2].map((index) => knownInput(op, index));
  const [start, limit, delta] = inputs.map((input) => input?.elements[0] ?? null);
  const dtype = inputs[0]?.dtype;
  const isInteger = dtype === 'INT32' || dtype === 'INT64';
  if (!isInteger || typeof start !== 'number' || typeof limit !== 'number' || typeof delta !== 'number') {
    return undefined;
  }
  const count = Math.ceil((limit - start) / delta);
  return Number.isFinite(count) && count >= 0 && count <= MAX_ELEMENTS
    ? { dtype, shape: [count], elements: Array.from({ length: count }, (_, index) => start + index * delta) }
    : undefined;
}

function filled(op: Op): KnownTensor | undefined {
  const sizes = op.inputs[0]?.kind === 'tensor' ? allElements(op.inputs[0]) : undefined;
  const value = knownInput(op, 1);
  return sizes === undefined || value === undefined
    ? undefined
    : constantly(value.dtype, sizes, value.elements[0] ?? null);
}

function filledLike(op: Op, number: number): KnownTensor | undefined {
  const input = knownInput(op, 0);
  return input && constantly(input.dtype, input.shape, number);
}

function constantly(
  dtype: KnownTensor['dtype'],
  shape: readonly number[],
  element: number | null,
): KnownTensor | undefined {
  const count = shape.some((size) => size < 0) ? Number.POSITIVE_INFINITY : elementCount(shape);
  return count <= MAX_ELEMENTS ? { dtype, shape, elements: new Array<number | null>(count).fill(element) } : undefined;
}

/** Of a vector. */
function cut(op: Op): KnownTensor | undefined {
  const input = knownInput(op, 0);
  const [begin, size] = [knownInput(op, 1)?.elements[0], knownInput(op, 2)?.elements[0]];
  if (input?.shape.length !== 1 || typeof begin !== 'number' || typeof size !== 'number') {
    return undefined;
  }
  const end = size === -1 ? input.elements.length : begin + size;
  const fits = begin >= 0 && begin <= end && end <= input.elements.length;
  return fits ? { ...input, shape: [end - begin], elements: input.elements.slice(begin, end) } : undefined;
}

/** Of a vector. */
function reversed(op: Op): KnownTensor | undefined {
  const input = knownInput(op, 0);
  const axes = knownInput(op, 1)?.elements;
  const isWhole = axes?.length === 1 && (axes[0] === 0 || axes[0] === -1);
  return input?.shape.length === 1 && isWhole ? { ...input, elements: input.elements.toReversed() } : undefined;
}
