import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';

/** Matrix products. */
export const LINEAR_OPS: OpTable = {
  MatMul: matMul,
};

/** a: [n, k], b: [k, m], either transposed. */
function matMul(op: Op): TensorValue {
  const a = op.tensor(0);
  const b = op.tensor(1);
  const left = op.attributes.bool('transpose_a', false) ? op.transpose(a, [1, 0]) : a;
  const right = op.attributes.bool('transpose_b', false) ? op.transpose(b, [1, 0]) : b;
  return op.emit('MatMul', [left, right], { shape: [left.shape?.[0] ?? null, right.shape?.[1] ?? null] });
}
