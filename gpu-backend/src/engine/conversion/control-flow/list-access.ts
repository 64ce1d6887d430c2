import type { Op } from '../op.ts';
import { allElements, type ListValue, type Shape, type TensorValue } from '../value.ts';
import {
  checkedIndex,
  elementAt,
  isFullyDefined,
  itemsOf,
  shapeOfElements,
  stacked,
  stackedList,
  unsqueezed,
  writtenOfList,
} from './list.ts';
import { int64Scalar, knownScalar } from './scalars.ts';

/** Indices that are never negative: the numbers of iterations. */
const NOT_NEGATIVE = new WeakSet<TensorValue>();

export function markNotNegative(value: TensorValue): TensorValue {
  NOT_NEGATIVE.add(value);
  return value;
}

/** Element `index` of a list, as a loop or a graph reads it. */
export function getItem(op: Op, list: ListValue, index: TensorValue, elementShape: TensorValue): TensorValue {
  const known = knownScalar(index);
  const { content } = list;
  const isListed = content.form === 'items' && known !== undefined;
  const item = isListed ? content.items[known] : undefined;
  if (item !== undefined) {
    return item;
  }
  if (isListed && (known < 0 || known >= content.items.length)) {
    return op.refuse(`element ${known} of a list of ${content.items.length} is read`);
  }
  const tensor = stacked(op, list, mergedElementShape(op, list.elementShape, elementShape));
  return elementAt(op, tensor, checkedIndex(op, index, NOT_NEGATIVE.has(index)));
}

/** The list with element `index` set. `isGrowing`: an index beyond its end makes it longer. */
export function setItem(op: Op, list: ListValue, index: TensorValue, item: TensorValue, isGrowing: boolean): ListValue {
  const { content } = list;
  if (item.dtype !== list.dtype) {
    return op.refuse(`an element of ${item.dtype} is put into a list of ${list.dtype}`);
  }
  const fitting = withShape(op, item, shapeOfElements(list.elementShape));
  if (content.form === 'collecting') {
    return { ...list, content: { form: 'collected', item: fitting } };
  }
  const known = knownScalar(index);
  if (content.form === 'reserved' && known === content.front.length && knownScalar(content.length) !== 0) {
    return withFront(op, list, content, fitting, isGrowing);
  }
  if (known !== undefined && content.form !== 'stacked' && knownLength(content) !== undefined) {
    return withItem(op, list, known, fitting, isGrowing);
  }
  if (isGrowing) {
    return op.refuse('a list grows by writing beyond its end in a way that is not understood');
  }
  const place = op.reshape(op.cast(checkedIndex(op, index, NOT_NEGATIVE.has(index)), 'INT64'), [1, 1]);
  const whole = stacked(op, list);
  return stackedList(list, op.emit('ScatterND', [whole, place, unsqueezed(op, fitting)], { shape: whole.shape }));
}

/** The first element that is not set is. */
function withFront(
  op: Op,
  list: ListValue,
  content: Extract<ListValue['content'], { form: 'reserved' }>,
  item: TensorValue,
  isGrowing: boolean,
): ListValue {
  const front = [...content.front, item];
  const length = knownScalar(content.length);
  if (length !== undefined ? length < front.length : isGrowing) {
    return withItem(op, list, content.front.length, item, isGrowing);
  }
  if (length === undefined) {
    const least = op.scalar('INT64', front.length);
    const isInside = op.emit('GreaterOrEqual', [int64Scalar(op, content.length), least], { dtype: 'BOOL', shape: [] });
    op.scope.check(isInside, `Trying to modify element ${front.length - 1} in a list that is shorter`);
  }
  return { ...list, content: { ...content, front } };
}

function knownLength(content: ListValue['content']): number | undefined {
  if (content.form === 'items') {
    return content.items.length;
  }
  return content.form === 'reserved' ? knownScalar(content.length) : undefined;
}

function withItem(op: Op, list: ListValue, index: number, item: TensorValue, isGrowing: boolean): ListValue {
  const items = [...itemsOf(op, list)];
  if (index < 0 || (index >= items.length && !isGrowing)) {
    return op.refuse(`element ${index} of a list of ${items.length} is set`);
  }
  const longer = Array.from({ length: Math.max(items.length, index + 1) }, (_, at) =>
    at === index ? item : items[at],
  );
  return { ...list, content: { form: 'items', items: longer } };
}

/** All elements as one tensor, as TensorListStack gives them: TensorFlow must know the shape of what was never set. */
export function stack(op: Op, list: ListValue, wanted: TensorValue): TensorValue {
  const elementShape = mergedElementShape(op, list.elementShape, wanted);
  const tensor = stacked(op, list, elementShape);
  if (!isKnownWhenEmpty(list, elementShape, tensor)) {
    checkWritten(op, list);
  }
  return withShape(op, tensor, withRows(elementShape));
}

/** Whether a list of which nothing was set has the elements that TensorFlow makes up for it. */
function isKnownWhenEmpty({ content, ...list }: ListValue, elementShape: TensorValue, { shape }: TensorValue): boolean {
  const isWhole = content.form === 'stacked' && content.written === undefined;
  const isStatic = shape?.slice(1).every((size) => size !== null) ?? false;
  return isFullyDefined(list.elementShape) || (isFullyDefined(elementShape) && (isWhole || isStatic));
}

function checkWritten(op: Op, list: ListValue): void {
  const written = writtenOfList(op, list);
  const known = knownScalar(written);
  if (known === 0) {
    op.refuse('a list of which nothing was set is read, and the shape of its elements is not known');
  }
  if (known === undefined) {
    const isSet = op.emit('Greater', [written, op.scalar('INT64', 0)], { dtype: 'BOOL', shape: [] });
    op.scope.check(
      isSet,
      'Tried to stack list which only contains uninitialized tensors and has a non-fully-defined element shape',
    );
  }
}

/** The shape of a list's stacked tensor, by what its elements are. */
export function withRows(elementShape: TensorValue): Shape {
  const shape = shapeOfElements(elementShape);
  return shape === null ? null : [null, ...shape];
}

/** What two statements about the shape of elements say together, of which either may be the scalar -1. */
export function mergedElementShape(op: Op, a: TensorValue, b: TensorValue): TensorValue {
  if (isFullyDefined(a) || b.shape?.length === 0) {
    return a;
  }
  const [x, y] = [allElements(a), allElements(b)];
  if (isFullyDefined(b) || a.shape?.length === 0 || x === undefined || y === undefined || x.length !== y.length) {
    return b;
  }
  if (x.some((size, axis) => size >= 0 && (y[axis] ?? -1) >= 0 && size !== y[axis])) {
    return op.refuse(`elements of shape [${x}] are read as [${y}]`);
  }
  return op.int64s(x.map((size, axis) => (size < 0 ? (y[axis] ?? -1) : size)));
}

/** `value`, with a check that it has the sizes of `wanted` that are not known to be its. */
export function withShape(op: Op, value: TensorValue, wanted: Shape): TensorValue {
  if (wanted === null || value.shape === null) {
    return value;
  }
  const { shape } = value;
  if (shape.length !== wanted.length || shape.some((size, axis) => size !== null && (wanted[axis] ?? size) !== size)) {
    return op.refuse('an element has another shape than those of its list');
  }
  wanted.forEach((size, axis) => {
    if (size !== null && shape[axis] === null) {
      const actual = op.emit('Shape', [value], {
        dtype: 'INT64',
        shape: [1],
        attributes: { start: axis, end: axis + 1 },
      });
      const fits = op.emit('Equal', [actual, op.int64s([size])], { dtype: 'BOOL', shape: [1] });
      op.scope.check(fits, 'An element has another shape than those of its list');
    }
  });
  return { ...value, shape: shape.map((size, axis) => size ?? wanted[axis] ?? null) };
}

/** The list with `item` behind its last element. */
export function pushBack(op: Op, list: ListValue, item: TensorValue): ListValue {
  const { content } = list;
  if (item.dtype !== list.dtype) {
    return op.refuse(`an element of ${item.dtype} is put into a list of ${list.dtype}`);
  }
  const fitting = withShape(op, item, shapeOfElements(list.elementShape));
  if (content.form === 'collecting') {
    return { ...list, content: { form: 'collected', item: fitting } };
  }
  if (content.form !== 'stacked') {
    return { ...list, content: { form: 'items', items: [...itemsOf(op, list), fitting] } };
  }
  return stackedList(list, joined(op, content.tensor, unsqueezed(op, fitting)));
}

/** Both [n, ...element], one behind the other. */
export function joined(op: Op, a: TensorValue, b: TensorValue): TensorValue {
  const [n, m] = [a.shape?.[0] ?? null, b.shape?.[0] ?? null];
  const rest = (a.shape ?? b.shape)?.slice(1);
  const shape = rest === undefined ? null : [n === null || m === null ? null : n + m, ...rest];
  return op.emit('Concat', [a, b], { attributes: { axis: 0 }, shape });
}

/** The list without its last element, and that element. TensorFlow raises for an empty list. */
export function popBack(op: Op, list: ListValue, wanted: TensorValue): readonly [ListValue, TensorValue] {
  const { content } = list;
  const elementShape = mergedElementShape(op, list.elementShape, wanted);
  if (content.form === 'stacked') {
    const { tensor } = content;
    const last = elementAt(op, tensor, op.scalar('INT64', -1));
    const shape = tensor.shape && [tensor.shape[0] == null ? null : tensor.shape[0] - 1, ...tensor.shape.slice(1)];
    const rest = op.emit('Slice', [tensor, op.int64s([0]), op.int64s([-1]), op.int64s([0])], { shape });
    return [stackedList(list, rest), last];
  }
  const items = itemsOf(op, list);
  if (items.length === 0) {
    return op.refuse('an element is taken from an empty list');
  }
  const tail: ListValue = { ...list, content: { form: 'items', items: items.slice(-1) } };
  const last = items.at(-1) ?? elementAt(op, stacked(op, tail, elementShape), op.scalar('INT64', 0));
  return [{ ...list, content: { form: 'items', items: items.slice(0, -1) } }, last];
}
