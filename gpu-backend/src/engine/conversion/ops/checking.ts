import type { DType } from '@tensorfleet/core';
import { hostStep } from '../host-node.ts';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { scalarLike } from './elementwise.ts';
import { valueIf } from './run-time-check.ts';
import { isFloat } from './widening.ts';

/** Ops that hand elements on as they are: as numbers that are checked, or as other numbers of the same bits. */
export const CHECKING_OPS: OpTable = {
  CheckNumerics: checkNumerics,
  CheckNumericsV2: checkNumerics,
  Bitcast: bitcast,
};

/** What is not finite makes NaN of 0. */
function checkNumerics(op: Op): TensorValue {
  const x = op.tensor(0);
  const sum = op.emit('ReduceSum', [op.binary('Mul', x, scalarLike(op, x, 0))], {
    attributes: { keepdims: 0 },
    shape: [],
  });
  const holds = op.unary('Not', op.unary('IsNaN', sum, { dtype: 'BOOL' }));
  return valueIf(op, holds, `${op.attributes.string('message')} : Tensor had NaN or Inf values`, x);
}

/** A cast between signed and unsigned integers of a size leaves their bits; ONNX has nothing for others. */
function bitcast(op: Op): TensorValue {
  const x = op.tensor(0);
  const dtype = op.attributes.type('type');
  const widthOf = (one: DType): string => one.replace(/^U?INT/, '');
  const isSameInteger = !isFloat(x.dtype) && widthOf(dtype) === widthOf(x.dtype) && dtype.includes('INT');
  return isSameInteger || dtype === x.dtype
    ? op.cast(x, dtype)
    : (hostStep(op, 'Bitcast', [x], [dtype], { T: x.dtype, type: dtype })[0] ?? op.refuse('no output'));
}
