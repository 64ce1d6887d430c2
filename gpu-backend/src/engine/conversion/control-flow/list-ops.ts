import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { allElements, type ListValue, type TensorValue, type Value } from '../value.ts';
import {
  checkedIndex,
  elementAt,
  elementType,
  itemsOf,
  lengthOfList,
  listInput,
  shapeOfElements,
  stacked,
} from './list.ts';
import { getItem, mergedElementShape, popBack, pushBack, setItem, stack, withRows, withShape } from './list-access.ts';
import { knownScalar } from './scalars.ts';

/** TensorFlow's lists of tensors. They have no counterpart in ONNX: they are tensors or gone in the converted graph. */
export const LIST_OPS: OpTable = {
  EmptyTensorList: (op) => {
    const isFree = knownScalar(op.tensor(1)) === -1;
    return isFree ? list(op, op.tensor(0), { form: 'items', items: [] }) : op.refuse('the list has a largest length');
  },
  TensorListReserve: (op) => list(op, op.tensor(0), { form: 'reserved', length: op.tensor(1), front: [] }),
  TensorListFromTensor: (op) => {
    const tensor = withShape(op, op.tensor(0), withRows(op.tensor(1)));
    return list(op, op.tensor(1), { form: 'stacked', tensor });
  },
  TensorListGetItem: (op) => getItem(op, listInput(op, 0), op.tensor(1), op.tensor(2)),
  TensorListSetItem: (op) => {
    const isGrowing = op.attributes.bool('resize_if_index_out_of_bounds', false);
    return setItem(op, listInput(op, 0), op.tensor(1), op.tensor(2), isGrowing);
  },
  TensorListStack: (op) => stackOfLength(op, listInput(op, 0), op.tensor(1), op.attributes.int('num_elements', -1)),
  TensorListPushBack: (op) => pushBack(op, listInput(op, 0), op.tensor(1)),
  TensorListPopBack: (op) => popBack(op, listInput(op, 0), op.tensor(1)),
  TensorListLength: (op) => {
    const length = lengthOfList(op, listInput(op, 0));
    const known = knownScalar(length);
    return known === undefined ? op.cast(length, 'INT32') : op.scalar('INT32', known);
  },
  TensorListElementShape: (op) => elementShape(op, listInput(op, 0)),
  TensorListResize: resize,
  TensorListGather: (op) => gather(op, listInput(op, 0), op.tensor(1), op.tensor(2)),
  TensorListScatterV2: (op) => scatterNew(op, op.tensor(3)),
  TensorListScatter: (op) => scatterNew(op, undefined),
  TensorListScatterIntoExistingList: (op) => scatter(op, listInput(op, 0), op.tensor(1), op.tensor(2)),
  TensorListConcatV2: (op) => concat(op, listInput(op, 0)),
  TensorListSplit: split,
};

function list(op: Op, elementShape: TensorValue, content: ListValue['content']): ListValue {
  const tensor = content.form === 'stacked' ? content.tensor : undefined;
  return { kind: 'list', dtype: tensor?.dtype ?? elementType(op), elementShape, content };
}

/** As `stack`; `length`: what TensorFlow wants the list's length to be, -1 for any. */
export function stackOfLength(op: Op, list: ListValue, elementShape: TensorValue, length: number): TensorValue {
  const actual = lengthOfList(op, list);
  const known = knownScalar(actual);
  if (length >= 0 && known !== undefined && known !== length) {
    return op.refuse(`a list of ${known} elements is stacked as one of ${length}`);
  }
  if (length >= 0 && known === undefined) {
    const fits = op.emit('Equal', [actual, op.scalar('INT64', length)], { dtype: 'BOOL', shape: [] });
    op.scope.check(fits, `Operation expected a list with ${length} elements`);
  }
  return stack(op, list, elementShape);
}

function elementShape(op: Op, { elementShape }: ListValue): TensorValue {
  const dtype = op.attributes.type('shape_type');
  if (dtype !== 'INT32' && dtype !== 'INT64') {
    return op.refuse(`a shape of ${dtype}`);
  }
  const known = allElements(elementShape);
  return known === undefined
    ? op.cast(elementShape, dtype)
    : op.constantOf(dtype, elementShape.shape as number[], known);
}

function resize(op: Op): Value {
  const list = listInput(op, 0);
  const size = knownScalar(op.tensor(1));
  if (size === undefined || size < 0) {
    return op.refuse('the new length is not known');
  }
  const items = itemsOf(op, list);
  return { ...list, content: { form: 'items', items: Array.from({ length: size }, (_, index) => items[index]) } };
}

export function gather(op: Op, list: ListValue, indices: TensorValue, wanted: TensorValue): TensorValue {
  const tensor = stacked(op, list, mergedElementShape(op, list.elementShape, wanted));
  const known = allElements(indices);
  const isNotNegative = known?.every((index) => index >= 0) ?? false;
  const gathered = elementAt(op, tensor, checkedIndex(op, indices, isNotNegative));
  return { ...gathered, shape: tensor.shape && indices.shape && [...indices.shape, ...tensor.shape.slice(1)] };
}

function scatterNew(op: Op, length: TensorValue | undefined): Value {
  const indices = op.elements(1);
  const wanted = length === undefined ? -1 : knownScalar(length);
  if (wanted === undefined) {
    return op.refuse('the length of the list is not known');
  }
  const size = wanted < 0 ? Math.max(-1, ...indices) + 1 : wanted;
  const items = Array.from({ length: size }, () => undefined);
  return scatter(op, list(op, op.tensor(2), { form: 'items', items }), op.tensor(0), op.tensor(1));
}

/** The list with the rows of `tensor` at known `indices`. */
export function scatter(op: Op, list: ListValue, tensor: TensorValue, indices: TensorValue): ListValue {
  const places = allElements(indices);
  if (places === undefined) {
    return op.refuse('where the elements of the list are put depends on the request');
  }
  const rows = tensor.shape?.[0];
  if (rows !== places.length) {
    return op.refuse(`${rows ?? 'an unknown number of'} rows are put at ${places.length} places of a list`);
  }
  const items = [...itemsOf(op, list)];
  const shape = shapeOfElements(list.elementShape);
  places.forEach((place, row) => {
    if (place < 0 || place >= items.length) {
      op.refuse(`element ${place} of a list of ${items.length} is set`);
    }
    items[place] = withShape(op, elementAt(op, tensor, op.scalar('INT64', row)), shape);
  });
  return { ...list, content: { form: 'items', items } };
}

/** Joins the elements at their first dimension: the whole, and INT64 lengths of the parts. */
export function concat(op: Op, list: ListValue): readonly Value[] {
  const { content } = list;
  if (content.form === 'items') {
    return concatItems(op, content.items);
  }
  if (content.form !== 'stacked' || content.written?.isAll === false) {
    return op.refuse('elements of the list may not have been set');
  }
  const { tensor } = content;
  const shape = tensor.shape ?? op.refuse('the rank of the elements is unknown');
  if (shape.length < 2 || (content.written !== undefined && shape.slice(1).includes(null))) {
    return op.refuse('the sizes of its elements are not known');
  }
  const sizes = op.emit('Shape', [tensor], { dtype: 'INT64', shape: [shape.length] });
  const part = (start: number, end: number): TensorValue =>
    op.emit('Slice', [sizes, op.int64s([start]), op.int64s([end])], { dtype: 'INT64', shape: [end - start] });
  const whole = op.emit('ReduceProd', [part(0, 2)], { dtype: 'INT64', shape: [1], attributes: { keepdims: 1 } });
  const target = op.emit('Concat', [whole, part(2, shape.length)], {
    attributes: { axis: 0 },
    shape: [shape.length - 1],
  });
  const joined = op.emit('Reshape', [tensor, target], {
    shape: [null, ...shape.slice(2)],
    attributes: { allowzero: 1 },
  });
  return [joined, op.emit('Expand', [part(1, 2), part(0, 1)], { shape: [shape[0] ?? null] })];
}

function concatItems(op: Op, items: readonly (TensorValue | undefined)[]): readonly Value[] {
  const set = items.filter((item) => item !== undefined);
  if (set.length !== items.length || set.length === 0) {
    return op.refuse('elements of the list were not set');
  }
  const rest = set[0]?.shape?.slice(1);
  const shape = rest === undefined ? null : [null, ...rest];
  const joined = op.emit('Concat', set, { attributes: { axis: 0 }, shape });
  const sizes = set.map((item) =>
    op.emit('Shape', [item], { dtype: 'INT64', shape: [1], attributes: { start: 0, end: 1 } }),
  );
  return [joined, op.emit('Concat', sizes, { attributes: { axis: 0 }, shape: [sizes.length] })];
}

function split(op: Op): Value {
  const tensor = op.tensor(0);
  const lengths = op.elements(2);
  if (lengths.length === 0 || lengths.some((length) => length < 0)) {
    return op.refuse('it makes a list without elements');
  }
  const rest = tensor.shape?.slice(1);
  const outputs = lengths.map((length) => ({
    attributes: { axis: 0 },
    shape: rest === undefined ? null : [length, ...rest],
  }));
  const items = op.emitMany('Split', [tensor, op.int64s(lengths)], outputs);
  const shape = shapeOfElements(op.tensor(1));
  return list(op, op.tensor(1), { form: 'items', items: items.map((item) => withShape(op, item, shape)) });
}
