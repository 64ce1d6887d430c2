import { type AnyTensor, ARRAY_OF, type DType, elementCount, type NumericDType } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTensorProto, encodeTensorProto, type TensorContent } from '../../../../layers/codecs/src/index.ts';

const DTYPES = ['STRING', ...(Object.keys(ARRAY_OF) as NumericDType[])] as const; // the table's keys
const CONTENTS: readonly TensorContent[] = ['typed', 'packed'];

/** Any shape of up to 3 dimensions, 0 and 1 included, with any bits as values (NaN payloads too). */
function anyTensor(dtype: DType): fc.Arbitrary<AnyTensor> {
  const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
  return shapes.chain((shape) => {
    const count = elementCount(shape);
    return valuesOf(dtype, count).map((data) => ({ dtype, shape, data }) as AnyTensor); // valuesOf fits the dtype
  });
}

function valuesOf(dtype: DType, count: number): fc.Arbitrary<AnyTensor['data']> {
  if (dtype === 'STRING') {
    return fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: count, maxLength: count });
  }
  const bytes = count * ARRAY_OF[dtype].BYTES_PER_ELEMENT;
  const max = dtype === 'BOOL' ? 1 : 255;
  return fc
    .uint8Array({ minLength: bytes, maxLength: bytes, max })
    .map((raw) => new ARRAY_OF[dtype](raw.slice().buffer, 0, count));
}

/** Compares bits, since NaN has many. */
function bitsOf(tensor: AnyTensor): readonly unknown[] {
  const { dtype, shape, data } = tensor;
  return dtype === 'STRING'
    ? [dtype, shape, data.map((value) => Buffer.from(value).toString('hex'))]
    : [dtype, shape, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')];
}

describe('TensorProto', () => {
  it.each(DTYPES.flatMap((dtype) => CONTENTS.map((content) => ({ dtype, content }))))(
    'round-trips every $dtype tensor bit for bit with $content values',
    ({ dtype, content }) => {
      fc.assert(
        fc.property(anyTensor(dtype), (tensor) => {
          const decoded = decodeTensorProto(encodeTensorProto(tensor, { content }));
          expect(bitsOf(decoded)).toEqual(bitsOf(tensor));
        }),
        { numRuns: 40 },
      );
    },
  );
});
