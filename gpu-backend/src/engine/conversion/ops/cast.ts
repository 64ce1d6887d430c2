import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { isFloat } from './widening.ts';

export const CAST_OPS: OpTable = { Cast: cast };

function cast(op: Op): TensorValue {
  const x = op.tensor(0);
  const target = op.attributes.type('DstT');
  if (op.attributes.bool('Truncate', false) && isFloat(x.dtype) && isFloat(target) && x.dtype !== target) {
    return op.refuse('attribute Truncate is not supported');
  }
  return op.cast(x, target);
}
