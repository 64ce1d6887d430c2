import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { Value } from '../value.ts';
import { filled } from './array.ts';
import { complexOf, realPart } from './complex.ts';
import { scalarLike } from './elementwise.ts';
import { isFloat } from './widening.ts';

const DT_COMPLEX64 = 8;

export const CAST_OPS: OpTable = { Cast: cast };

function cast(op: Op): Value {
  const [given, wanted] = [op.value(0), op.attributes.raw('DstT')];
  if (wanted?.kind === 'type' && wanted.value === DT_COMPLEX64) {
    const real = op.cast(op.tensor(0), 'FP32');
    const zeros = filled(op, scalarLike(op, real, 0), op.shapeOf(real));
    return complexOf(op, real, { ...zeros, shape: real.shape });
  }
  const x = given.kind === 'complex' ? realPart(op, given) : op.tensor(0);
  const target = op.attributes.type('DstT');
  if (op.attributes.bool('Truncate', false) && isFloat(x.dtype) && isFloat(target) && x.dtype !== target) {
    return op.refuse('attribute Truncate is not supported');
  }
  return op.cast(x, target);
}
