import type { Op } from '../op.ts';
import type { TensorValue } from '../value.ts';

const BASE = 2 ** 32;

/** INT64 `x` as high * 2^32 + low, the low half from 0: what ONNX Runtime's kernels compute exactly in FP64. */
export function halvesOf(op: Op, x: TensorValue): readonly [high: TensorValue, low: TensorValue] {
  const low = op.binary('BitwiseAnd', x, op.scalar('INT64', BASE - 1));
  return [op.binary('Div', op.binary('Sub', x, low), op.scalar('INT64', BASE)), low];
}

/** high * 2^32 + low, wrapping around. */
export function fromHalves(op: Op, high: TensorValue, low: TensorValue): TensorValue {
  return op.binary('Add', op.binary('Mul', high, op.scalar('INT64', BASE)), low);
}
