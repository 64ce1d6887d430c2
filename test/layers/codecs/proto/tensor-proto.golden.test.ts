import { describe, expect, it } from 'vitest';
import { decodeTensorProto, encodeTensorProto } from '../../../../layers/codecs/src/index.ts';
import { describeTensor, goldenVectors } from '../golden.ts';

const vectors = goldenVectors('tensorflow.TensorProto');

describe('TensorProto against TensorFlow', () => {
  it.each(vectors)('decodes $name', ({ bytes, expected }) => {
    expect(describeTensor(decodeTensorProto(bytes))).toEqual(expected);
  });

  it.each(vectors.filter(({ canonical }) => canonical !== null))('encodes $name byte for byte', (vector) => {
    const encoded = encodeTensorProto(decodeTensorProto(vector.bytes), vector.canonical ?? {});

    expect(Buffer.from(encoded).toString('hex')).toBe(Buffer.from(vector.bytes).toString('hex'));
  });
});
