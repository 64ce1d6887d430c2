import {
  type AnyTensor,
  type DataOf,
  type DType,
  internal,
  invalidArgument,
  type NumericDType,
  type Tensor,
  unimplemented,
} from '@tensorfleet/core';
import type { Tensor as OnnxTensor } from 'onnxruntime-node';

/** ONNX Runtime's JavaScript names; bfloat16 has none, its binding cannot carry it. */
const ONNX_TYPE: { readonly [D in Exclude<DType, 'BF16'>]: OnnxTensor.Type } = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  STRING: 'string',
};

const DTYPE = new Map(Object.entries(ONNX_TYPE).map(([dtype, type]) => [type, dtype as keyof typeof ONNX_TYPE]));

/** The dtype of a model's input or output `name`. Throws UNIMPLEMENTED for types outside the core's. */
export function dtypeFromOnnx(type: string, name: string): DType {
  const dtype = DTYPE.get(type as OnnxTensor.Type); // a foreign string only misses
  if (dtype === undefined) {
    throw unimplemented(`"${name}" has the ONNX type ${type}, which is not supported`);
  }
  return dtype;
}

/**
 * Shares the data; strings are decoded, because ONNX Runtime's binding takes JavaScript strings.
 *
 * A plain record and not ONNX Runtime's tensor class: the binding (1.30) cannot read a Float16Array,
 * and the class insists on one.
 */
export function tensorToOnnx(input: AnyTensor, name: string): OnnxTensor {
  if (input.dtype === 'BF16') {
    throw unimplemented(`input "${name}" has dtype BF16, which ONNX Runtime's Node binding cannot carry`);
  }
  const record = { type: ONNX_TYPE[input.dtype], dims: input.shape, data: onnxData(input, name), location: 'cpu' };
  return record as unknown as OnnxTensor; // the binding reads these four fields and calls no method
}

function onnxData(input: AnyTensor, name: string): ArrayBufferView | readonly string[] {
  switch (input.dtype) {
    case 'STRING':
      return input.data.map((text) => decode(text, name));
    case 'FP16':
      return new Uint16Array(input.data.buffer, input.data.byteOffset, input.data.length);
    default:
      return input.data;
  }
}

/** Shares the data with `value`. */
export function tensorFromOnnx(value: OnnxTensor, name: string): AnyTensor {
  const dtype = dtypeFromOnnx(value.type, name);
  const raw = value.data as unknown;
  if (dtype === 'STRING') {
    return { dtype, shape: value.dims, data: (raw as readonly string[]).map((text) => ENCODER.encode(text)) };
  }
  if (!ArrayBuffer.isView(raw)) {
    throw internal(`output "${name}" has no data on the CPU`);
  }
  // The binding's array class follows the type.
  return { dtype, shape: value.dims, data: raw as DataOf[NumericDType] } as Tensor<NumericDType> as AnyTensor;
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { fatal: true });

function decode(text: Uint8Array, name: string): string {
  try {
    return DECODER.decode(text);
  } catch (error) {
    throw invalidArgument(`input "${name}" has a string that is not UTF-8, which ONNX Runtime cannot take`, {}, error);
  }
}
