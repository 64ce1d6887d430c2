import type { Op } from '../op.ts';
import { allElements, type ListValue, type TensorValue } from '../value.ts';
import { isFullyDefined, isSameLength, lengthOfList, padded, stacked, stackedItems, stackedList } from './list.ts';
import { joined } from './list-access.ts';
import { compute, knownScalar } from './scalars.ts';
import type { TripCount } from './trip-count.ts';

/** What lists are after a loop whose iterations added one element each: `scan`, [iterations, ...element]. */

/** A list with what the iterations appended to it. */
export function appended(op: Op, list: ListValue, scan: TensorValue, count: TensorValue): ListValue {
  const rows = ranked(op, list, scan, count);
  const isEmpty = knownScalar(lengthOfList(op, list)) === 0;
  return isEmpty ? stackedList(list, rows) : stackedList(list, joined(op, stacked(op, list), rows));
}

/** A list that was reserved, with what the iterations put behind its front. */
export function filled(
  op: Op,
  trips: TripCount | undefined,
  list: ListValue,
  scan: TensorValue,
  iterations: TensorValue,
  isGrowing: boolean,
): ListValue {
  const front = list.content.form === 'reserved' ? list.content.front : [];
  const rows = front.length === 0 ? ranked(op, list, scan, iterations) : behind(op, list, front, scan, iterations);
  const count = compute(op, 'Add', iterations, op.scalar('INT64', front.length));
  const isAll = (trips?.bound !== undefined && isSameLength(op, list, trips.bound)) || isSameLength(op, list, count);
  if (isAll) {
    return stackedList(list, rows, { count, isAll });
  }
  const reserved = lengthOfList(op, list);
  if (!isGrowing) {
    checkInside(op, count, reserved);
  }
  const length = isGrowing ? compute(op, 'Max', reserved, count) : reserved;
  return stackedList(list, padded(op, rows, compute(op, 'Sub', length, count), length), { count, isAll });
}

function checkInside(op: Op, count: TensorValue, length: TensorValue): void {
  const [written, reserved] = [knownScalar(count), knownScalar(length)];
  if (written === undefined || reserved === undefined) {
    const isInside = op.emit('LessOrEqual', [count, length], { dtype: 'BOOL', shape: [] });
    op.scope.check(isInside, `Trying to modify an element beyond the end of a list in "${op.node.name}"`);
  } else if (written > reserved) {
    op.refuse(`its iterations set ${written} elements of a list of ${reserved}`);
  }
}

/** [front + iterations, ...element]. */
function behind(
  op: Op,
  list: ListValue,
  front: readonly TensorValue[],
  scan: TensorValue,
  iterations: TensorValue,
): TensorValue {
  const first = stackedItems(op, list, front, list.elementShape);
  const sizes = op.emit('Shape', [first], { dtype: 'INT64', attributes: { start: 1 } });
  return joined(op, first, reshapedRows(op, scan, iterations, sizes));
}

/** [iterations, ...element]; a loop that did not run knows the sizes of its elements from the list alone. */
function ranked(op: Op, list: ListValue, scan: TensorValue, count: TensorValue): TensorValue {
  const { elementShape } = list;
  if (!isFullyDefined(elementShape) || allElements(elementShape) !== undefined) {
    return scan;
  }
  return reshapedRows(op, scan, count, op.cast(elementShape, 'INT64'));
}

function reshapedRows(op: Op, scan: TensorValue, count: TensorValue, sizes: TensorValue): TensorValue {
  const all = [op.reshape(count, [1]), sizes];
  const shape = op.emit('Concat', all, {
    dtype: 'INT64',
    attributes: { axis: 0 },
    shape: [scan.shape?.length ?? null],
  });
  return op.emit('Reshape', [scan, shape], { attributes: { allowzero: 1 }, shape: scan.shape });
}
