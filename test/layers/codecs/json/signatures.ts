import { type DType, PREDICT_METHOD, type Signature, type TensorSpec } from '@tensorfleet/core';

/** A signature whose inputs have these dtypes, in this order, and free shapes. */
export function signatureOf(inputs: Readonly<Record<string, DType>>, name = 'serving_default'): Signature {
  const specs = Object.entries(inputs).map(([alias, dtype]): [string, TensorSpec] => [
    alias,
    { name: alias, dtype, shape: null },
  ]);
  return { name, methodName: PREDICT_METHOD, inputs: new Map(specs), outputs: new Map() };
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
