import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { TensorValue } from '../value.ts';
import { FLOATS, throughKernels } from './widening.ts';

/** Rounds a step of a computation to the dtype in which TensorFlow keeps it. */
export type Round = (step: TensorValue) => TensorValue;

/**
 * Computes floating point as TensorFlow's kernels do that are made of several steps: FP16 and BF16 in FP32, and what
 * `compute` passes to `round` is rounded to them. ONNX Runtime by itself keeps FP32 from one node to the next.
 */
export function inSteps(
  op: Op,
  inputs: readonly TensorValue[],
  compute: (inputs: readonly TensorValue[], round: Round) => TensorValue,
  kernels: readonly DType[] = FLOATS,
): TensorValue {
  const dtype = inputs[0]?.dtype;
  if (dtype === 'FP16') {
    const wide = inputs.map((input) => op.cast(input, 'FP32'));
    return op.cast(
      compute(wide, (step) => op.cast(op.cast(step, 'FP16'), 'FP32')),
      'FP16',
    );
  }
  const round: Round = dtype === 'BF16' ? (step) => op.roundToBfloat16(step) : (step) => step;
  return throughKernels(op, kernels, inputs, (wide) => compute(wide, round));
}
