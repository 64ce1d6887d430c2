import { dtypeFromTensorFlow, dtypeToTensorFlow } from '@tensorfleet/codecs';
import { type AnyTensor, allocate, elementCount, type NumericDType, type Tensor } from '@tensorfleet/core';
import type { CApi, Pointer } from './c-api.ts';

/** sizeof(TF_TString). */
const STRING_BYTES = 24;

/** A TF_Tensor with a copy of `input`, to be freed with `deleteInput`. */
export function tensorToC(api: CApi, input: AnyTensor): Pointer {
  const { shape, data } = input;
  const bytes = input.dtype === 'STRING' ? data.length * STRING_BYTES : input.data.byteLength;
  const dimensions = BigInt64Array.from(shape, BigInt);
  const pointer = api.TF_AllocateTensor(dtypeToTensorFlow(input.dtype), dimensions, shape.length, bytes);
  const target = api.TF_TensorData(pointer);
  if (input.dtype === 'STRING') {
    for (const [index, text] of input.data.entries()) {
      const address = target + BigInt(index * STRING_BYTES);
      api.TF_StringInit(address);
      api.TF_StringCopy(address, text, text.length);
    }
  } else if (bytes > 0) {
    api.memcpy(target, input.data, bytes);
  }
  return pointer;
}

/**
 * Frees a tensor that `tensorToC` made. Long strings are ours to free, TensorFlow does not know that they are there;
 * unless the model has kept the tensor, in a variable for instance: then they stay as long as the process.
 */
export function deleteInput(api: CApi, pointer: Pointer, input: AnyTensor): void {
  if (input.dtype === 'STRING' && api.TF_TensorMaybeMove(pointer)) {
    const data = api.TF_TensorData(pointer);
    for (let index = 0; index < input.data.length; index++) {
      api.TF_StringDealloc(data + BigInt(index * STRING_BYTES));
    }
  }
  api.TF_DeleteTensor(pointer);
}

/** A copy of a TF_Tensor, which stays the caller's. */
export function tensorFromC(api: CApi, pointer: Pointer): AnyTensor {
  const dtype = dtypeFromTensorFlow(api.TF_TensorType(pointer));
  const shape = Array.from({ length: api.TF_NumDims(pointer) }, (_, axis) => Number(api.TF_Dim(pointer, axis)));
  const count = elementCount(shape);
  const source = api.TF_TensorData(pointer);
  if (dtype === 'STRING') {
    const data = Array.from({ length: count }, (_, index) => stringFromC(api, source + BigInt(index * STRING_BYTES)));
    return { dtype, shape, data };
  }
  const data = allocate<NumericDType>(dtype, count);
  if (data.byteLength > 0) {
    api.memcpy(data, source, data.byteLength);
  }
  return { dtype, shape, data } as Tensor<NumericDType> as AnyTensor; // `allocate` took the dtype's own array
}

function stringFromC(api: CApi, address: Pointer): Uint8Array {
  const bytes = new Uint8Array(Number(api.TF_StringGetSize(address)));
  if (bytes.length > 0) {
    api.memcpy(bytes, api.TF_StringGetDataPointer(address), bytes.length);
  }
  return bytes;
}
