import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { TensorValue } from '../value.ts';

export const FLOATS: readonly DType[] = ['FP32', 'FP64'];

const INTEGERS: readonly DType[] = ['INT8', 'INT16', 'INT32', 'INT64', 'UINT8', 'UINT16', 'UINT32', 'UINT64'];

/** What ONNX Runtime adds, subtracts, multiplies and compares. */
export const NUMBERS: readonly DType[] = [...FLOATS, ...INTEGERS];

export function isFloat(dtype: DType): boolean {
  return dtype === 'FP16' || dtype === 'BF16' || dtype === 'FP32' || dtype === 'FP64';
}

/** Dtypes that hold every value of a dtype, narrow ones first. FP16 is not here: ONNX Runtime widens it by itself. */
const WIDER: Readonly<Partial<Record<DType, readonly DType[]>>> = {
  BOOL: ['UINT8', 'INT32', 'INT64'],
  INT8: ['INT16', 'INT32', 'INT64'],
  UINT8: ['INT16', 'INT32', 'INT64'],
  INT16: ['INT32', 'INT64'],
  UINT16: ['INT32', 'INT64'],
  UINT32: ['INT64', 'UINT64'],
  INT32: ['INT64'],
};

/** Dtypes that a kernel for FP32 covers: BF16 is held as FP32, and ONNX Runtime widens FP16. */
const AS_FP32: ReadonlySet<DType> = new Set(['FP16', 'BF16']);

/**
 * Computes where ONNX Runtime has a kernel: in the dtype of `inputs` when it is one of `kernels`, else in the
 * narrowest of them that holds all its values. The result goes back to that dtype, wrapping around as TensorFlow's
 * integers do, unless `compute` made another one (a comparison's BOOL). Refuses dtypes that none of them holds.
 */
export function throughKernels(
  op: Op,
  kernels: readonly DType[],
  inputs: readonly TensorValue[],
  compute: (inputs: readonly TensorValue[]) => TensorValue,
): TensorValue {
  const dtype = inputs[0]?.dtype ?? 'FP32';
  const wide = kernelDType(dtype, kernels) ?? op.refuse(`dtype ${dtype} is not supported`);
  if (wide === dtype) {
    return compute(inputs);
  }
  const result = compute(inputs.map((input) => op.cast(input, wide)));
  return result.dtype === wide ? op.cast(result, dtype) : result;
}

function kernelDType(dtype: DType, kernels: readonly DType[]): DType | undefined {
  if (kernels.includes(dtype) || (AS_FP32.has(dtype) && kernels.includes('FP32'))) {
    return dtype;
  }
  return WIDER[dtype]?.find((wide) => kernels.includes(wide));
}
