import { type DType, unimplemented } from '@tensorfleet/core';
import type { TfliteTensor } from './tflite-model.ts';

export type TfliteDType = Exclude<DType, 'STRING'>;

/** The schema's TensorType by number; a name alone is a type that requests cannot carry. */
const TYPES: readonly (readonly [name: string, dtype?: TfliteDType])[] = [
  ['FLOAT32', 'FP32'],
  ['FLOAT16', 'FP16'],
  ['INT32', 'INT32'],
  ['UINT8', 'UINT8'],
  ['INT64', 'INT64'],
  ['STRING'],
  ['BOOL', 'BOOL'],
  ['INT16', 'INT16'],
  ['COMPLEX64'],
  ['INT8', 'INT8'],
  ['FLOAT64', 'FP64'],
  ['COMPLEX128'],
  ['UINT64', 'UINT64'],
  ['RESOURCE'],
  ['VARIANT'],
  ['UINT32', 'UINT32'],
  ['UINT16', 'UINT16'],
  ['INT4'],
  ['BFLOAT16', 'BF16'],
];

/** Quantised values stay as they are. Throws UNIMPLEMENTED for what the runtime has no buffers for. */
export function dtypeOf(tensor: TfliteTensor, name: string): TfliteDType {
  const [type, dtype] = TYPES[tensor.type] ?? [`number ${tensor.type}`];
  if (dtype === undefined) {
    throw unimplemented(
      `model file ${tensor.table.buffer.name}: "${name}" has the TFLite type ${type}, which is not supported`,
    );
  }
  return dtype;
}
