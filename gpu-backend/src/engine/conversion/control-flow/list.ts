import type { NumericDType } from '@tensorfleet/core';
import { hostStep } from '../host-node.ts';
import type { Op } from '../op.ts';
import { mergeShapes, staticShape } from '../shape.ts';
import { allElements, type ListValue, type Shape, type TensorValue, type Written } from '../value.ts';
import { compute, int64Scalar, isSameScalar, knownScalar } from './scalars.ts';

/** Lists whose elements are held one by one are short. */
const MAX_ITEMS = 256;

/** Input `index`; refused when it is no list. */
export function listInput(op: Op, index: number): ListValue {
  const value = op.value(index);
  return value.kind === 'list' ? value : op.refuse(`input ${index} is a ${value.kind}, not a list`);
}

/** The dtype of elements; lists of strings and of lists are refused. */
export function elementType(op: Op, attribute = 'element_dtype'): NumericDType {
  const dtype = op.attributes.type(attribute);
  return dtype === 'STRING' ? op.refuse('a list of strings is not supported') : dtype;
}

/** The static shape that a list's elements have by its `elementShape`, or by that of an op that reads it. */
export function shapeOfElements(elementShape: TensorValue): Shape {
  const { elements, shape } = elementShape;
  return shape?.length === 1 && elements !== undefined
    ? elements.map((size) => (size === null || size < 0 ? null : size))
    : null;
}

/** Whether TensorFlow can make up an element that was not set. */
export function isFullyDefined({ shape, elements }: TensorValue): boolean {
  return shape?.length === 1 && !(elements?.some((size) => size !== null && size < 0) ?? false);
}

/** INT64 scalar. */
export function lengthOfList(op: Op, { content }: ListValue): TensorValue {
  switch (content.form) {
    case 'items':
      return op.scalar('INT64', content.items.length);
    case 'reserved':
      return int64Scalar(op, content.length);
    case 'stacked':
      return firstSize(op, content.tensor);
    default:
      return op.refuse('the length of a list that its loop collects is not known yet');
  }
}

/** How many elements are set: INT64 scalar. */
export function writtenOfList(op: Op, list: ListValue): TensorValue {
  const { content } = list;
  switch (content.form) {
    case 'items':
      return op.scalar('INT64', content.items.filter((item) => item !== undefined).length);
    case 'reserved':
      return op.scalar('INT64', content.front.length);
    case 'stacked':
      return content.written?.count ?? firstSize(op, content.tensor);
    default:
      return op.refuse('a list that its loop collects cannot be read');
  }
}

/** How many rows `tensor` has: INT64 scalar. */
export function firstSize(op: Op, tensor: TensorValue): TensorValue {
  const size = tensor.shape?.[0] ?? null;
  if (size !== null) {
    return op.scalar('INT64', size);
  }
  const sizes = op.emit('Shape', [tensor], { dtype: 'INT64', shape: [1], attributes: { start: 0, end: 1 } });
  return op.reshape(sizes, []);
}

/** A list that holds `tensor`, [n, ...element], whatever `list` held. */
export function stackedList(list: ListValue, tensor: TensorValue, written?: Written): ListValue {
  return { ...list, content: { form: 'stacked', tensor, ...(written !== undefined && { written }) } };
}

/** The list with one tensor for all elements: [n, ...element], zeros for those that are not set. */
export function stacked(op: Op, list: ListValue, elementShape: TensorValue = list.elementShape): TensorValue {
  const { content } = list;
  switch (content.form) {
    case 'stacked':
      return content.tensor;
    case 'reserved':
      return stackedFront(op, list, content.front, elementShape);
    case 'items':
      return stackedItems(op, list, content.items, elementShape);
    default:
      return op.refuse('a list that its loop collects cannot be read');
  }
}

/** The elements that are set, and zeros for the others. */
function stackedFront(op: Op, list: ListValue, front: readonly TensorValue[], elementShape: TensorValue): TensorValue {
  const length = lengthOfList(op, list);
  if (front.length === 0) {
    return zeros(op, list.dtype as NumericDType, length, elementShape); // elementType has refused strings
  }
  const count = op.scalar('INT64', front.length);
  return padded(op, stackedItems(op, list, front, elementShape), compute(op, 'Sub', length, count), length);
}

export function stackedItems(
  op: Op,
  list: ListValue,
  items: readonly (TensorValue | undefined)[],
  elementShape: TensorValue,
): TensorValue {
  const dtype = list.dtype as NumericDType; // elementType has refused strings
  const set = items.find((item) => item !== undefined);
  if (set === undefined) {
    return zeros(op, dtype, op.scalar('INT64', items.length), elementShape);
  }
  const rows = items.map((item) => unsqueezed(op, item ?? zerosLike(op, dtype, set)));
  const [first] = rows;
  const shapes = rows.map(({ shape }) => shape);
  const shape = shapes.reduce((one, other) => (one === null ? other : mergeShapes(other, one)), null);
  return rows.length === 1 && first !== undefined
    ? first
    : op.emit('Concat', rows, {
        attributes: { axis: 0 },
        dtype,
        shape: shape === null ? null : [items.length, ...shape.slice(1)],
      });
}

export function unsqueezed(op: Op, item: TensorValue): TensorValue {
  return op.emit('Unsqueeze', [item, op.int64s([0])], { shape: item.shape === null ? null : [1, ...item.shape] });
}

/** [length, ...element] of zeros. `length`: INT64 scalar. */
export function zeros(op: Op, dtype: NumericDType, length: TensorValue, elementShape: TensorValue): TensorValue {
  if (!isFullyDefined(elementShape)) {
    return op.refuse('elements that were never set have no known shape');
  }
  const known = allElements(elementShape);
  const sizes = known === undefined ? op.cast(elementShape, 'INT64') : op.int64s(known);
  const shape = [knownScalar(length) ?? null, ...(shapeOfElements(elementShape) ?? [])];
  const isRanked = elementShape.shape?.[0] !== null;
  return filled(op, dtype, [op.reshape(length, [1]), sizes], isRanked ? shape : null);
}

/** An element that was never set, where others have `shape`; sizes that are not known are 0. */
export function zeroElement(op: Op, { dtype, elementShape }: ListValue, shape: Shape): TensorValue {
  const type = dtype as NumericDType; // elementType has refused strings
  if (isFullyDefined(elementShape) && allElements(elementShape) === undefined) {
    return filled(op, type, [op.cast(elementShape, 'INT64')], shapeOfElements(elementShape));
  }
  const sizes = (shapeOfElements(elementShape) ?? shape ?? []).map((size, axis) => size ?? shape?.[axis] ?? 0);
  return filled(op, type, [], sizes);
}

function filled(op: Op, dtype: NumericDType, sizes: readonly TensorValue[], shape: Shape): TensorValue {
  const all = staticShape(shape);
  const [only] = sizes;
  if (all === undefined && sizes.length === 1 && only !== undefined) {
    return op.emit('Expand', [op.scalar(dtype, 0), only], { dtype, shape });
  }
  const target =
    all === undefined
      ? op.emit('Concat', sizes, { dtype: 'INT64', attributes: { axis: 0 }, shape: [shape?.length ?? null] })
      : op.int64s(all);
  return op.emit('Expand', [op.scalar(dtype, 0), target], { dtype, shape });
}

function zerosLike(op: Op, dtype: NumericDType, value: TensorValue): TensorValue {
  return filled(op, dtype, [op.shapeOf(value)], value.shape);
}

/** `tensor`, [m, ...element], with zeros up to `length` elements. INT64 scalars, length is not less than m. */
export function padded(op: Op, tensor: TensorValue, missing: TensorValue, length: TensorValue): TensorValue {
  if (knownScalar(missing) === 0) {
    return tensor;
  }
  const dtype = tensor.dtype as NumericDType; // elementType has refused strings
  const sizes = op.emit('Shape', [tensor], { dtype: 'INT64', attributes: { start: 1 } });
  const rest = tensor.shape?.slice(1);
  const shape = rest === undefined ? null : [knownScalar(missing) ?? null, ...rest];
  const rows = filled(op, dtype, [op.reshape(missing, [1]), sizes], shape);
  const whole = rest === undefined ? null : [knownScalar(length) ?? null, ...rest];
  return op.emit('Concat', [tensor, rows], { attributes: { axis: 0 }, dtype, shape: whole });
}

/** Indices that TensorFlow refuses are made such that ONNX Runtime does, which takes negative ones from the end. */
export function checkedIndex(op: Op, index: TensorValue, isNotNegative: boolean): TensorValue {
  const known = knownScalar(index);
  if (isNotNegative || (known !== undefined && known >= 0)) {
    return index;
  }
  const wide = op.cast(index, 'INT64');
  const isNegative = op.binary('Less', wide, op.scalar('INT64', 0), { dtype: 'BOOL' });
  const beyond = op.scalar('INT64', 2 ** 31 - 1);
  return op.emit('Where', [isNegative, beyond, wide], { dtype: 'INT64', shape: index.shape });
}

/** Elements one by one; refused when the length is not known or large. */
export function itemsOf(op: Op, list: ListValue): readonly (TensorValue | undefined)[] {
  const { content } = list;
  if (content.form === 'items') {
    return content.items;
  }
  const length = knownScalar(lengthOfList(op, list));
  if (length === undefined || length < 0 || length > MAX_ITEMS) {
    return op.refuse('the list is too long, or its length is not known');
  }
  return Array.from({ length }, (_, index) => {
    const row = (tensor: TensorValue): TensorValue => elementAt(op, tensor, op.scalar('INT64', index));
    return content.form === 'stacked'
      ? row(content.tensor)
      : content.form === 'reserved'
        ? content.front[index]
        : undefined;
  });
}

/** Element `index` (a scalar that was checked) of [n, ...element]. */
export function elementAt(op: Op, tensor: TensorValue, index: TensorValue): TensorValue {
  const shape = tensor.shape === null ? null : tensor.shape.slice(1);
  if (tensor.dtype === 'STRING') {
    const [element] = hostStep(op, 'GatherV2', [tensor, index, op.scalar('INT32', 0)], ['STRING']);
    return element === undefined ? op.refuse('no element') : { ...element, shape };
  }
  return op.emit('Gather', [tensor, index], { attributes: { axis: 0 }, shape });
}

/** Whether the lists are as long as each other in every run. */
export function isSameLength(op: Op, list: ListValue, length: TensorValue): boolean {
  const { content } = list;
  return content.form === 'reserved'
    ? isSameScalar(content.length, length)
    : isSameScalar(lengthOfList(op, list), length);
}
