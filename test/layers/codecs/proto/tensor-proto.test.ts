import { Code, type Tensor, tensor, unavailable } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { decodeTensorProto, encodeTensorProto } from '../../../../layers/codecs/src/index.ts';
import {
  bytesField,
  encodeMessage,
  type Field,
  intField,
  messageField,
} from '../../../../layers/codecs/src/proto/fields.ts';
import { shapeField } from '../../../../layers/codecs/src/proto/tensor-shape-proto.ts';
import { thrownBy } from '../thrown-by.ts';

const DT_FLOAT = 1;
const DT_INT32 = 3;
const DT_STRING = 7;
const DT_BOOL = 10;
const CONTENT = 4;
const FLOAT_VAL = 5;
const STRING_VAL = 8;

function proto(dtype: number, shape: readonly number[], ...values: readonly Field[]): Uint8Array {
  return encodeMessage([intField(1, dtype), shapeField(2, shape), ...values]);
}

/** `bytes` in a larger Buffer, such that the byte at `index` has an address that is `remainder` modulo 8. */
function placed(bytes: Uint8Array, index: number, remainder: number): Buffer {
  const offset = (8 + remainder - (index % 8)) % 8;
  const memory = new Uint8Array(bytes.length + 16);
  memory.set(bytes, offset);
  return Buffer.from(memory.buffer, offset, bytes.length);
}

describe('decodeTensorProto: tensor_content', () => {
  const values = tensor('FP32', [3], Float32Array.of(1, 2, 3));
  const bytes = encodeTensorProto(values);
  const contentAt = bytes.length - values.data.byteLength;

  it('is a view into the received bytes where it is aligned', () => {
    const received = placed(bytes, contentAt, 4);
    const decoded = decodeTensorProto(received) as Tensor<'FP32'>;

    expect(decoded).toEqual(values);
    expect(decoded.data.buffer).toBe(received.buffer);
  });

  it.each([1, 2, 3, 5])('is copied once at an address that is %d modulo 8', (remainder) => {
    const received = placed(bytes, contentAt, remainder);
    const decoded = decodeTensorProto(received) as Tensor<'FP32'>;

    expect(decoded).toEqual(values);
    expect(decoded.data.buffer).not.toBe(received.buffer);
    expect(decoded.data.buffer.byteLength).toBe(values.data.byteLength);
  });

  it.each([
    [
      'too short',
      proto(DT_FLOAT, [2], bytesField(CONTENT, new Uint8Array(7))),
      'has 7 bytes, 2 elements of FP32 need 8',
    ],
    [
      'too long',
      proto(DT_FLOAT, [2], bytesField(CONTENT, new Uint8Array(9))),
      'has 9 bytes, 2 elements of FP32 need 8',
    ],
    ['a claim', proto(DT_FLOAT, [2 ** 40], bytesField(CONTENT, new Uint8Array(4))), 'need 4398046511104'],
    ['no truth value', proto(DT_BOOL, [2], bytesField(CONTENT, Uint8Array.of(1, 7))), 'the byte 7 at element 1'],
    ['too few lengths', proto(DT_STRING, [3], bytesField(CONTENT, Uint8Array.of(0, 0))), 'too few for 3 strings'],
    ['lengths over the end', proto(DT_STRING, [1], bytesField(CONTENT, Uint8Array.of(2, 65))), 'add up to 2'],
    ['bytes after the last string', proto(DT_STRING, [1], bytesField(CONTENT, Uint8Array.of(0, 65))), 'add up to 0'],
    ['a cut length', proto(DT_STRING, [1], bytesField(CONTENT, Uint8Array.of(0x80))), 'cut off'],
  ])('is refused when it is %s', (_name, encoded, reason) => {
    expect(thrownBy(() => decodeTensorProto(encoded))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(reason),
    });
  });
});

describe('decodeTensorProto: shapes', () => {
  const unknownRank = encodeMessage([intField(1, DT_FLOAT), messageField(2, [intField(3, 1)])]);

  it.each([
    ['a negative dimension', proto(DT_FLOAT, [2, -1]), 'tensor_shape [2,-1] has the dimension -1'],
    ['an unknown rank', unknownRank, 'unknown rank'],
    ['33 dimensions', proto(DT_FLOAT, new Array<number>(33).fill(1)), 'more than 32 dimensions'],
    ['a product over 2^53', proto(DT_FLOAT, [2 ** 40, 2 ** 40]), 'more than 2^53 elements'],
  ])('refuses %s', (_name, encoded, reason) => {
    expect(thrownBy(() => decodeTensorProto(encoded))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(reason),
    });
  });

  it('accepts zero elements beside huge dimensions', () => {
    expect(decodeTensorProto(proto(DT_FLOAT, [2 ** 52, 0])).data).toHaveLength(0);
  });
});

describe('decodeTensorProto: claimed sizes', () => {
  const oneValue = bytesField(FLOAT_VAL, new Uint8Array(4));

  it('refuses a huge shape with one value, with the size and the limit', () => {
    const { code, message } = thrownBy(() => decodeTensorProto(proto(DT_FLOAT, [2 ** 40], oneValue)));

    expect(code).toBe(Code.InvalidArgument);
    expect(message).toBe(
      'a tensor of FP32 with shape [1099511627776] needs 4398046511104 bytes; ' +
        `the values of one message may need ${16 * 2 ** 20 + 64 * proto(DT_FLOAT, [2 ** 40], oneValue).length} bytes`,
    );
  });

  it('lets a message without values claim 16 MiB, and 64 times what it sends', () => {
    const claim = (count: number): Uint8Array => proto(DT_FLOAT, [count], oneValue);
    expect(decodeTensorProto(claim(2 ** 22)).data).toHaveLength(2 ** 22);
    expect(() => decodeTensorProto(claim(2 ** 22 + 1_000))).toThrow('the values of one message may need');
  });

  it('tells how much it is about to allocate, and ends with what that throws', () => {
    const encoded = proto(DT_FLOAT, [25], oneValue);
    const told: number[] = [];
    decodeTensorProto(encoded, { onAllocate: (bytes) => void told.push(bytes) });
    expect(told).toEqual([100]);
    const refuse = (): never => {
      throw unavailable('no room');
    };
    expect(thrownBy(() => decodeTensorProto(encoded, { onAllocate: refuse }))).toMatchObject({ message: 'no room' });
  });

  it('fills a shape up to exactly maxTensorBytes', () => {
    const encoded = proto(DT_FLOAT, [25], oneValue);

    expect(decodeTensorProto(encoded, { maxTensorBytes: 100 }).data).toHaveLength(25);
    expect(() => decodeTensorProto(encoded, { maxTensorBytes: 99 })).toThrow('needs 100 bytes');
  });

  it('counts a view for every string, which costs more than the string', () => {
    const encoded = proto(DT_STRING, [2 ** 40], bytesField(STRING_VAL, Uint8Array.of(65)));

    expect(() => decodeTensorProto(encoded)).toThrow('needs 140737488355328 bytes');
  });
});

describe('decodeTensorProto: dtypes', () => {
  it.each([
    [8, 'DT_COMPLEX64'],
    [11, 'DT_QINT8'],
    [18, 'DT_COMPLEX128'],
    [20, 'DT_RESOURCE'],
    [21, 'DT_VARIANT'],
    [24, 'DT_FLOAT8_E5M2'],
    [29, 'DT_INT4'],
    [33, 'DT_FLOAT4_E2M1FN'],
    [101, 'DT_FLOAT_REF'],
  ])('says that dtype %d, %s, is UNIMPLEMENTED', (dtype, name) => {
    expect(thrownBy(() => decodeTensorProto(proto(dtype, [1])))).toMatchObject({
      code: Code.Unimplemented,
      message: `dtype ${name} is not supported`,
    });
  });

  it.each([0, 34, 100, 134, 2 ** 31])('says that dtype %d is INVALID_ARGUMENT', (dtype) => {
    expect(thrownBy(() => decodeTensorProto(proto(dtype, [1])))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(`dtype ${dtype}`),
    });
  });
});

describe('decodeTensorProto: values', () => {
  it('takes the values from several fields, packed and not, in order', () => {
    const encoded = proto(DT_INT32, [4], bytesField(7, Uint8Array.of(1, 2)), intField(7, 3), intField(7, 4));

    expect(decodeTensorProto(encoded).data).toEqual(Int32Array.of(1, 2, 3, 4));
  });

  it('refuses packed floats that are not a multiple of their size', () => {
    const encoded = proto(DT_FLOAT, [2], bytesField(FLOAT_VAL, new Uint8Array(6)));

    expect(() => decodeTensorProto(encoded)).toThrow('TensorProto field 5 at byte 10: 6 bytes are not a multiple of 4');
  });

  it('skips the value fields of other dtypes', () => {
    const encoded = proto(DT_INT32, [1], bytesField(FLOAT_VAL, new Uint8Array(6)), intField(7, 5));

    expect(decodeTensorProto(encoded).data).toEqual(Int32Array.of(5));
  });

  it('takes the last tensor_content and merges shapes', () => {
    const encoded = proto(
      DT_INT32,
      [2],
      bytesField(CONTENT, new Uint8Array(3)),
      shapeField(2, [1]),
      bytesField(CONTENT, new Uint8Array(8)),
    );

    expect(decodeTensorProto(encoded)).toEqual({ dtype: 'INT32', shape: [2, 1], data: new Int32Array(2) });
  });
});

describe('encodeTensorProto', () => {
  it('writes the part of a larger buffer that the tensor is', () => {
    const part = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const decoded = decodeTensorProto(encodeTensorProto(tensor('FP32', [2], part)));

    expect(decoded.data).toEqual(Float32Array.of(1, 2));
  });
});
