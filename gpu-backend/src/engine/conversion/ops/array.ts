import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';

/** Ops that ask for shapes and move elements. */
export const ARRAY_OPS: OpTable = {
  Identity: (op) => op.value(0),
  Shape: (op) => op.cast(op.shapeOf(op.tensor(0)), op.attributes.type('out_type', 'INT32')),
  Reshape: reshape,
};

function reshape(op: Op): TensorValue {
  const x = op.tensor(0);
  const wanted = op.tensor(1);
  const { elements } = wanted;
  if (elements !== undefined && elements.filter((size) => size === null || size < 0).length <= 1) {
    return op.reshape(
      x,
      elements.map((size) => size ?? -1),
    );
  }
  return op.emit('Reshape', [x, op.cast(wanted, 'INT64')], { attributes: { allowzero: 1 } });
}
