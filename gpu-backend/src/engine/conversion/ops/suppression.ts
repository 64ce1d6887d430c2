import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { valueIf } from './run-time-check.ts';

/** Choices among overlapping boxes, best score first. */
export const SUPPRESSION_OPS: OpTable = {
  NonMaxSuppression: (op) => chosen(op, op.scalar('FP32', op.attributes.float('iou_threshold', 0.5))),
  NonMaxSuppressionV2: (op) => chosen(op, op.tensor(3)),
  NonMaxSuppressionV3: (op) => chosen(op, op.tensor(3), op.tensor(4)),
  NonMaxSuppressionV4: (op) => {
    const { indices, count } = padded(op, chosen(op, op.tensor(3), op.tensor(4)));
    return [indices, count];
  },
  NonMaxSuppressionV5: hardSuppression,
};

/** Scores must be above: what is not a number is not, nor is -Infinity. */
const LOWEST = -3.4028234663852886e38;

export interface Suppression {
  /** [batch, n, 4] */
  readonly boxes: TensorValue;
  /** [batch, classes, n] */
  readonly scores: TensorValue;
  /** INT64 scalar: how many of a class. */
  readonly size: TensorValue;
  readonly iouThreshold: TensorValue;
  readonly scoreThreshold: TensorValue;
}

/** INT64 [k, 3]: batch, class and box of what is chosen; the best scores of a class come first. */
export function suppressed(op: Op, { boxes, scores, size, iouThreshold, scoreThreshold }: Suppression): TensorValue {
  const vector = (scalar: TensorValue): TensorValue => op.reshape(scalar, [1]);
  const inputs = [boxes, scores, vector(size), vector(iouThreshold), vector(scoreThreshold)];
  return op.emit('NonMaxSuppression', inputs, { dtype: 'INT64', shape: [null, 3] });
}

/** boxes: [n, 4], scores: [n], max_output_size -> INT32 [k]. */
function chosen(op: Op, iouThreshold: TensorValue, scoreThreshold = op.scalar('FP32', LOWEST)): TensorValue {
  const [boxes, scores] = [op.tensor(0), op.tensor(1)];
  if (boxes.dtype !== 'FP32' || iouThreshold.dtype !== 'FP32' || scoreThreshold.dtype !== 'FP32') {
    return op.refuse('it is supported for FP32 only: TensorFlow compares what narrower numbers round to');
  }
  const known = op.cast(op.tensor(2), 'INT64');
  const isSize = op.binary('GreaterOrEqual', known, op.scalar('INT64', 0), { dtype: 'BOOL' });
  const size = valueIf(op, isSize, 'max_output_size must be non-negative', known);
  const triples = suppressed(op, {
    boxes: op.emit('Unsqueeze', [boxes, op.int64s([0])]),
    scores: op.emit('Unsqueeze', [scores, op.int64s([0, 1])]),
    size,
    iouThreshold,
    scoreThreshold,
  });
  const indices = op.emit('Gather', [triples, op.scalar('INT64', 2)], { attributes: { axis: 1 }, shape: [null] });
  return op.cast(indices, 'INT32');
}

/** Filled up with zeros to the size that is asked for, when the attribute says so; and how many there were. */
function padded(op: Op, indices: TensorValue): { readonly indices: TensorValue; readonly count: TensorValue } {
  const count = op.emit('Size', [indices], { dtype: 'INT64', shape: [] });
  const valid = op.cast(count, 'INT32');
  if (!op.attributes.bool('pad_to_max_output_size', false)) {
    return { indices, count: valid };
  }
  const missing = op.binary('Sub', op.cast(op.tensor(2), 'INT64'), count);
  const pads = op.emit('Concat', [op.int64s([0]), op.reshape(missing, [1])], { attributes: { axis: 0 } });
  return { indices: op.emit('Pad', [indices, pads], { shape: [null] }), count: valid };
}

/** Only without a sigma, which would lower scores instead of dropping boxes. Outputs: indices, their scores, count. */
function hardSuppression(op: Op): readonly TensorValue[] {
  if (op.element(5) !== 0) {
    return op.refuse('soft_nms_sigma must be 0');
  }
  const found = chosen(op, op.tensor(3), op.tensor(4));
  const { indices, count } = padded(op, found);
  const scores = op.emit('Gather', [op.tensor(1), found], { shape: [null] });
  const filled = found === indices ? scores : padded(op, scores).indices;
  return [indices, filled, count];
}
