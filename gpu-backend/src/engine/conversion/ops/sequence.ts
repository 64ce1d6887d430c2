import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { choose } from './comparison.ts';
import { scalarLike } from './elementwise.ts';
import { valueIf } from './run-time-check.ts';
import { isFloat, throughKernels } from './widening.ts';

const FLOATS: readonly DType[] = ['FP32', 'FP64'];

/** Ops that count up from one number to another. */
export const SEQUENCE_OPS: OpTable = {
  Range: range,
  LinSpace: linSpace,
};

/** start, limit, delta. */
function range(op: Op): TensorValue {
  const inputs = op.tensors(0, 3);
  const dtype = inputs[0]?.dtype ?? 'FP32';
  const kernels: readonly DType[] = isFloat(dtype) ? FLOATS : ['INT32', 'INT64'];
  return throughKernels(op, kernels, inputs, ([start, limit, delta]) => {
    if (start === undefined || limit === undefined || delta === undefined) {
      return op.refuse('it needs three inputs');
    }
    const step = checkedStep(op, start, limit, delta);
    return isFloat(dtype)
      ? floatRange(op, start, limit, step)
      : op.emit('Range', [start, limit, step], { shape: [null] });
  });
}

/** `delta`, where the range leads from `start` to `limit`. */
function checkedStep(op: Op, start: TensorValue, limit: TensorValue, delta: TensorValue): TensorValue {
  const [from, to, by] = [start, limit, delta].map(({ elements }) => elements?.[0]);
  const isKnown = typeof by === 'number' && typeof from === 'number' && typeof to === 'number';
  if (isKnown && by !== 0 && (to - from) / by >= 0) {
    return delta;
  }
  const compare = (type: string, a: TensorValue, b: TensorValue): TensorValue =>
    op.binary(type, a, b, { dtype: 'BOOL' });
  const zero = scalarLike(op, delta, 0);
  const up = op.binary('And', compare('Greater', delta, zero), compare('LessOrEqual', start, limit));
  const down = op.binary('And', compare('Less', delta, zero), compare('GreaterOrEqual', start, limit));
  return valueIf(op, op.binary('Or', up, down), 'delta does not lead from start to limit', delta);
}

/** start + i delta, as many as TensorFlow's division in the dtype itself says: ONNX's is in FP64. */
function floatRange(op: Op, start: TensorValue, limit: TensorValue, delta: TensorValue): TensorValue {
  const steps = op.unary('Ceil', op.unary('Abs', op.binary('Div', op.binary('Sub', limit, start), delta)));
  const isBounded = op.binary('Less', steps, scalarLike(op, steps, 2 ** 31), { dtype: 'BOOL' });
  const bounded = valueIf(op, isBounded, 'the range has too many elements', steps);
  const count = op.emit('Where', [isBounded, bounded, scalarLike(op, steps, 0)], { dtype: steps.dtype, shape: [] });
  const index = op.cast(upTo(op, op.cast(count, 'INT64')), start.dtype);
  return op.binary('Add', start, op.binary('Mul', index, delta));
}

/** 0 up to below the INT64 scalar `count`. */
export function upTo(op: Op, count: TensorValue): TensorValue {
  return op.emit('Range', [op.scalar('INT64', 0), count, op.scalar('INT64', 1)], {
    dtype: 'INT64',
    shape: [count.elements?.[0] ?? null],
  });
}

/** start, stop, num. The last element is `stop` itself. */
function linSpace(op: Op): TensorValue {
  const [start, stop] = [op.tensor(0), op.tensor(1)];
  const given = op.cast(op.tensor(2), 'INT64');
  const isPossible = op.binary('Greater', given, op.scalar('INT64', 0), { dtype: 'BOOL' });
  const num = valueIf(op, isPossible, 'num must be above 0', given);
  const index = upTo(op, num);
  const last = op.binary('Sub', num, op.scalar('INT64', 1));
  return throughKernels(op, FLOATS, [start, stop], ([from = start, to = stop]) => {
    const steps = op.cast(op.binary('Max', last, op.scalar('INT64', 1)), from.dtype);
    const step = op.binary('Div', op.binary('Sub', to, from), steps);
    const sloped = op.binary('Add', from, op.binary('Mul', op.cast(index, from.dtype), step));
    const isLast = op.binary('Equal', index, op.binary('Max', last, op.scalar('INT64', 1)), { dtype: 'BOOL' });
    return choose(op, isLast, to, sloped);
  });
}
