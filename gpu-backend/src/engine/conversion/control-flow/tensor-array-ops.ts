import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { ListValue, TensorValue, Value } from '../value.ts';
import { lengthOfList, listInput } from './list.ts';
import { getItem, setItem, withRows, withShape } from './list-access.ts';
import { concat, gather, scatter } from './list-ops.ts';
import { knownScalar } from './scalars.ts';

/**
 * TensorFlow 1's TensorArrays: here a handle is only the array as it was made, and what it holds goes from one op to
 * the next as their flow, which is a list.
 */
export const TENSOR_ARRAY_OPS: OpTable = {
  TensorArrayV3: create,
  TensorArrayReadV3: (op) => getItem(op, listInput(op, 2), op.tensor(1), listInput(op, 2).elementShape),
  TensorArrayWriteV3: (op) =>
    setItem(op, listInput(op, 3), op.tensor(1), op.tensor(2), listInput(op, 0).isGrowing === true),
  TensorArrayGatherV3: (op) => gather(op, listInput(op, 2), op.tensor(1), elementShape(op)),
  TensorArrayScatterV3: scatterRows,
  TensorArraySizeV3: (op) => {
    const length = lengthOfList(op, listInput(op, 1));
    const known = knownScalar(length);
    return known === undefined ? op.cast(length, 'INT32') : op.scalar('INT32', known);
  },
  TensorArrayConcatV3: (op) => concat(op, listInput(op, 1)),
  TensorArrayCloseV3: () => [],
};

function create(op: Op): readonly Value[] {
  const dtype = op.attributes.type('dtype');
  if (dtype === 'STRING') {
    return op.refuse('an array of strings is not supported');
  }
  const content = { form: 'reserved', length: op.tensor(0), front: [] } as const;
  const list: ListValue = { kind: 'list', dtype, elementShape: elementShape(op), content };
  const array = op.attributes.bool('dynamic_size', false) ? { ...list, isGrowing: true } : list;
  return [array, array];
}

/** The attribute as lists have it. */
function elementShape(op: Op): TensorValue {
  const sizes = op.attributes.shape('element_shape', null)?.map((size) => size ?? -1);
  return sizes === undefined ? op.scalar('INT32', -1) : op.constantOf('INT32', [sizes.length], sizes);
}

/** Rows of a tensor at indices: all of them in order, or at known places. */
function scatterRows(op: Op): Value {
  const list = listInput(op, 3);
  const [indices, rows] = [op.tensor(1), op.tensor(2)];
  if (indices.elements !== undefined || list.content.form !== 'reserved' || list.content.front.length > 0) {
    return scatter(op, list, rows, indices);
  }
  if (!isFromZero(op, indices)) {
    return op.refuse('where the elements of the array are put depends on the request');
  }
  checkLength(op, rows, [lengthOfList(op, list), op.emit('Size', [indices], { dtype: 'INT64', shape: [] })]);
  const tensor = withShape(op, rows, withRows(list.elementShape));
  return { ...list, content: { form: 'stacked', tensor } };
}

/** Whether `indices` are made by an ONNX Range from 0 in steps of 1. */
function isFromZero(op: Op, { place }: TensorValue): boolean {
  if (place.kind !== 'graph') {
    return false;
  }
  const { graph, name } = place;
  const node = graph.nodes.find(({ outputs }) => outputs.includes(name));
  const numbers = node?.inputs.map((input) => {
    const found = graph.root.initializers.find((one) => one.name === input);
    return found === undefined ? undefined : Number(found.constant.load().data[0]);
  });
  return node?.type === 'Range' && numbers?.[0] === 0 && numbers[2] === 1 && op.inputs.length > 0;
}

/** That `rows` are as many as each of `lengths`, INT64 scalars. */
function checkLength(op: Op, rows: TensorValue, lengths: readonly TensorValue[]): void {
  const count = lengthOfList(op, {
    kind: 'list',
    dtype: rows.dtype,
    elementShape: rows,
    content: { form: 'stacked', tensor: rows },
  });
  for (const length of lengths) {
    const isSame = op.emit('Equal', [count, length], { dtype: 'BOOL', shape: [] });
    op.scope.check(isSame, 'A TensorArray is not as long as what is put into it');
  }
}
