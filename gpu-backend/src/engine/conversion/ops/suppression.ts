import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';

/** Choices among overlapping boxes, best score first. */
export const SUPPRESSION_OPS: OpTable = {
  NonMaxSuppression: (op) => selected(op, op.scalar('FP32', op.attributes.float('iou_threshold', 0.5))),
  NonMaxSuppressionV2: (op) => selected(op, op.tensor(3)),
  NonMaxSuppressionV3: (op) => selected(op, op.tensor(3), op.tensor(4)),
};

/** boxes: [n, 4], scores: [n], max_output_size -> INT32 [k]. */
function selected(op: Op, iouThreshold: TensorValue, scoreThreshold?: TensorValue): TensorValue {
  const [boxes, scores] = [op.cast(op.tensor(0), 'FP32'), op.cast(op.tensor(1), 'FP32')];
  const vector = (scalar: TensorValue): TensorValue => op.reshape(op.cast(scalar, 'FP32'), [1]);
  const inputs = [
    op.emit('Unsqueeze', [boxes, op.int64s([0])]),
    op.emit('Unsqueeze', [scores, op.int64s([0, 1])]),
    op.reshape(op.cast(op.tensor(2), 'INT64'), [1]),
    vector(iouThreshold),
    scoreThreshold && vector(scoreThreshold),
  ];
  const triples = op.emit('NonMaxSuppression', inputs, { dtype: 'INT64', shape: [null, 3] });
  const indices = op.emit('Gather', [triples, op.scalar('INT64', 2)], { attributes: { axis: 1 }, shape: [null] });
  return op.cast(indices, 'INT32');
}
