import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { suppressed } from './suppression.ts';

/** Suppression in every class, and the best of all classes: the last op of many detectors. */
export const COMBINED_SUPPRESSION_OPS: OpTable = { CombinedNonMaxSuppression: combined };

/** Batches may be empty. */
const ZERO = { attributes: { allowzero: 1 } };

/**
 * boxes: [batch, n, 1 or classes, 4], scores: [batch, n, classes] -> boxes [batch, k, 4], scores [batch, k],
 * classes [batch, k], INT32 how many are valid [batch]; what is not valid is 0. Among boxes of a class whose scores
 * are equal to the bit the first comes first; TensorFlow takes them as its heap happens to have them.
 */
function combined(op: Op): readonly TensorValue[] {
  const [boxes, scores] = [op.tensor(0), op.tensor(1)];
  const groups = boxes.shape?.[2] ?? op.refuse('whether classes share boxes is unknown');
  const classes = scores.shape?.[2] ?? op.refuse('the number of classes is unknown');
  const perClass = op.element(2);
  const wanted = op.element(3);
  if (perClass < 1 || wanted < 1 || (groups !== 1 && groups !== classes)) {
    return op.refuse('its sizes must be positive, and its boxes those of one class or of all');
  }
  const total = op.attributes.bool('pad_per_class', false) ? Math.min(wanted, perClass * classes) : wanted;
  const byClass = op.transpose(scores, [0, 2, 1]);
  const kept = keptScores(op, boxes, byClass, groups === 1 ? classes : 1, perClass);
  const shape = op.shapeOf(byClass);
  const boxCount = op.emit('Gather', [shape, op.scalar('INT64', 2)], { dtype: 'INT64', shape: [] });
  const count = op.emit('Max', [boxCount, op.scalar('INT64', 1)]); // which is divided by
  const { values, places } = best(op, inRows(op, kept, classes), total);
  const isValid = op.binary('Greater', values, op.scalar('FP32', Number.NEGATIVE_INFINITY), { dtype: 'BOOL' });
  const zero = op.scalar('FP32', 0);
  const only = (value: TensorValue, condition: TensorValue): TensorValue =>
    op.emit('Where', [condition, value, zero], { dtype: 'FP32', shape: null });
  const owner = op.emit('Div', [places, count]);
  const box = op.emit('Mod', [places, count]);
  const group = groups === 1 ? op.emit('Mul', [owner, op.scalar('INT64', 0)]) : owner;
  const column = op.emit('Add', [op.emit('Mul', [group, count]), box]);
  const chosen = taken(op, op.transpose(boxes, [0, 2, 1, 3]), groups, column);
  const clipped = op.attributes.bool('clip_boxes', true)
    ? op.emit('Clip', [chosen, zero, op.scalar('FP32', 1)])
    : chosen;
  const valid = op.emit('ReduceSum', [op.cast(isValid, 'INT32'), op.int64s([1])], { attributes: { keepdims: 0 } });
  const isValidBox = op.emit('Unsqueeze', [isValid, op.int64s([2])], { dtype: 'BOOL' });
  return [only(clipped, isValidBox), only(values, isValid), only(op.cast(owner, 'FP32'), isValid), valid];
}

/** Scores [batch, classes, n] with -Infinity where a box is not chosen. `classes`: how many share boxes. */
function keptScores(op: Op, boxes: TensorValue, scores: TensorValue, classes: number, perClass: number): TensorValue {
  const [iouThreshold, scoreThreshold] = [op.tensor(4), op.tensor(5)];
  // Pictures whose boxes are those of one class: classes with their own boxes are pictures of their own.
  const sizes = op.shapeOf(scores);
  const part = (axis: number): TensorValue =>
    op.emit('Slice', [sizes, op.int64s([axis]), op.int64s([axis + 1])], { dtype: 'INT64', shape: [1] });
  const count = part(2);
  const pictures = classes === 1 ? op.emit('Mul', [part(0), part(1)]) : part(0);
  const concat = (...parts: readonly TensorValue[]): TensorValue =>
    op.emit('Concat', parts, { attributes: { axis: 0 }, dtype: 'INT64' });
  const apart = op.emit('Reshape', [scores, concat(pictures, op.int64s([classes]), count)], ZERO);
  const own = op.emit('Reshape', [op.transpose(boxes, [0, 2, 1, 3]), concat(pictures, count, op.int64s([4]))], ZERO);
  const size = op.scalar('INT64', perClass);
  const triples = suppressed(op, { boxes: own, scores: apart, size, iouThreshold, scoreThreshold });
  const lowest = op.scalar('FP32', Number.NEGATIVE_INFINITY);
  const none = op.emit('Expand', [lowest, op.shapeOf(apart)], { dtype: 'FP32', shape: null });
  const found = op.emit('GatherND', [apart, triples], { dtype: 'FP32', shape: [null] });
  return op.emit('Reshape', [op.emit('ScatterND', [none, triples, found]), sizes], ZERO);
}

/** The `total` largest of [batch, n] and where they are; -Infinity at 0 when there are fewer. */
function best(
  op: Op,
  scores: TensorValue,
  total: number,
): { readonly values: TensorValue; readonly places: TensorValue } {
  const pads = op.int64s([0, 0, 1, total]); // one row more: ONNX Runtime's TopK crashes without any
  const enough = op.emit('Pad', [scores, pads, op.scalar('FP32', Number.NEGATIVE_INFINITY)]);
  const made = op.emitMany('TopK', [enough, op.int64s([total])], [{ attributes: { axis: 1 } }, { dtype: 'INT64' }]);
  const rows = made.map((one) => op.emit('Slice', [one, op.int64s([0]), op.int64s([-1])]));
  const [values, places] = rows as [TensorValue, TensorValue]; // two were asked for
  const isAny = op.binary('Greater', values, op.scalar('FP32', Number.NEGATIVE_INFINITY), { dtype: 'BOOL' });
  const zero = op.scalar('INT64', 0);
  return { values, places: op.emit('Where', [isAny, places, zero], { dtype: 'INT64', shape: null }) };
}

/** boxes: [batch, classes, n, 4], columns: [batch, k] over classes and n -> [batch, k, 4]. */
function taken(op: Op, boxes: TensorValue, groups: number, columns: TensorValue): TensorValue {
  const all = inRows(op, boxes, groups, [4]);
  const flat = op.emit('Pad', [all, op.int64s([0, 0, 0, 0, 1, 0])]); // there is something to take of no boxes
  const indices = op.emit('Unsqueeze', [columns, op.int64s([2])], { dtype: 'INT64' });
  return op.emit('GatherND', [flat, indices], { attributes: { batch_dims: 1 }, dtype: 'FP32', shape: null });
}

/** [batch, count, n, ...rest] -> [batch, count * n, ...rest], for empty batches too. */
function inRows(op: Op, value: TensorValue, count: number, rest: readonly number[] = []): TensorValue {
  const sizes = op.shapeOf(value);
  const part = (axis: number): TensorValue =>
    op.emit('Slice', [sizes, op.int64s([axis]), op.int64s([axis + 1])], { dtype: 'INT64', shape: [1] });
  const rows = op.emit('Mul', [part(2), op.int64s([count])], { shape: [1] });
  const shape = op.emit('Concat', [part(0), rows, op.int64s(rest)], { attributes: { axis: 0 }, dtype: 'INT64' });
  return op.emit('Reshape', [value, shape], ZERO);
}
