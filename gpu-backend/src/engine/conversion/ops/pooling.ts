import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { throughKernels } from './widening.ts';
import { channelsBack, channelsFirst, padsOf, spatialEntries } from './windows.ts';

/** Poolings over windows; padding never counts. */
export const POOLING_OPS: OpTable = {
  MaxPool: pooling('MaxPool', 2, ['FP32', 'FP64', 'INT8', 'UINT8']),
  MaxPool3D: pooling('MaxPool', 3, ['FP32', 'FP64']),
  AvgPool: pooling('AveragePool', 2, ['FP32']),
  AvgPool3D: pooling('AveragePool', 3, ['FP32']),
};

function pooling(type: string, spatial: number, kernels: readonly DType[]): OpHandler {
  return (op) => {
    const input = op.tensor(0);
    return throughKernels(op, kernels, [input], ([x = input]) => pool(op, type, spatial, x));
  };
}

function pool(op: Op, type: string, spatial: number, input: TensorValue): TensorValue {
  const x = channelsFirst(op, input);
  const kernel = spatialEntries(op, 'ksize', op.attributes.ints('ksize'), spatial);
  const strides = spatialEntries(op, 'strides', op.attributes.ints('strides'), spatial);
  const dilations = new Array<number>(spatial).fill(1);
  const pads = padsOf(op, { spatial, kernel, strides, dilations }, x.shape);
  const y = op.emit(type, [x], { attributes: { kernel_shape: kernel, strides, ...pads } });
  return channelsBack(op, y, spatial + 2);
}
