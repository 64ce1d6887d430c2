import type { Op } from '../op.ts';
import { broadcastShapes } from '../shape.ts';
import type { TensorValue } from '../value.ts';

/**
 * The larger (Max) or smaller (Min) of both; NaN where one is NaN. ONNX Runtime's own kernels compare the low halves of
 * INT64 as signed numbers (3000000000 is less than 1 to them), as do its Clip, Sign, ReduceMax and ReduceMin.
 */
export function extremumOf(op: Op, type: 'Max' | 'Min', a: TensorValue, b: TensorValue): TensorValue {
  if (a.dtype !== 'INT64') {
    return op.binary(type, a, b);
  }
  const isFirst = op.binary(type === 'Max' ? 'Greater' : 'Less', a, b, { dtype: 'BOOL' });
  return op.emit('Where', [isFirst, a, b], { dtype: a.dtype, shape: broadcastShapes(a.shape, b.shape) });
}
