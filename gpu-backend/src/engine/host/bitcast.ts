import { type AnyTensor, ARRAY_OF, byteSizeOf, type NumericDType, unimplemented } from '@tensorfleet/core';
import { dtypeAttribute } from './attributes.ts';
import type { HostOp } from './host-op.ts';
import { inputAt } from './inputs.ts';

/** The same bits as another dtype of the same size. */
export const bitcast: HostOp = (attributes) => {
  const [from, to] = [dtypeAttribute(attributes, 'T'), dtypeAttribute(attributes, 'type')];
  if (!isNumber(from) || !isNumber(to) || byteSizeOf(from) !== byteSizeOf(to)) {
    throw unimplemented(`bits of ${from} cannot be read as ${to}`);
  }
  return (inputs) => {
    const { shape, data } = inputAt(inputs, 0);
    const { buffer, byteOffset, byteLength } = data as Float32Array; // or another array of numbers
    const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
    return [{ dtype: to, shape, data: new ARRAY_OF[to](bytes.buffer) } as AnyTensor];
  };
};

function isNumber(dtype: string): dtype is NumericDType {
  return !['STRING', 'BOOL', 'BF16'].includes(dtype);
}
