import type { Op } from '../op.ts';
import type { TensorValue } from '../value.ts';
import { throughKernels } from './widening.ts';

/** Larger than any dimension, in INT32 as well: an index that every gather refuses. */
export const OUT_OF_RANGE = 2 ** 31 - 1;

/**
 * `value`, unless an element of the BOOL `condition` is false: then the run fails with INVALID_ARGUMENT, as
 * TensorFlow's kernel would. In the body of a loop or branch, which has no outputs of its own, a gather that finds no
 * element fails in place of the check.
 */
export function valueIf(op: Op, condition: TensorValue, message: string, value: TensorValue): TensorValue {
  if (op.scope.body === undefined) {
    op.scope.program.check(condition, `${op.node.op} (node "${op.node.name}"): ${message}`);
    return value;
  }
  const failures = op.cast(op.unary('Not', condition), 'UINT8');
  const failed = op.emit('ReduceMax', [failures], { attributes: { keepdims: 0 }, shape: [] }); // 0 of nothing
  const index = op.emit('Mul', [op.cast(failed, 'INT32'), op.scalar('INT32', OUT_OF_RANGE)]);
  const zero = op.emit('Gather', [op.constantOf('INT32', [1], [0]), index], { shape: [] });
  return throughKernels(op, ['FP32', 'INT32', 'INT64', 'FP64'], [value], ([wide = value]) =>
    op.binary('Add', wide, op.cast(zero, wide.dtype), { shape: value.shape }),
  );
}
