import { decodeTensorProto, encodeTensorProto } from '@tensorfleet/codecs';
import type { AnyTensor } from '@tensorfleet/core';

/** A tensor as programs hold it: a TensorProto in base64. */
export function encodedTensor(tensor: AnyTensor): string {
  return Buffer.from(encodeTensorProto(tensor)).toString('base64');
}

export function decodedTensor(text: string): AnyTensor {
  return decodeTensorProto(Buffer.from(text, 'base64'), { maxTensorBytes: Number.POSITIVE_INFINITY });
}
