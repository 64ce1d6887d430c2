import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { isNpy, tensorFromNpy } from '../../../scripts/src/data/npy.ts';
import { bytesOf, npyBytes, npyWithHeader } from './npy-bytes.ts';

const SIX = bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5));

describe('tensorFromNpy', () => {
  it.each([
    ['<f4', 'FP32', Float32Array.of(1.5, -2)],
    ['<f8', 'FP64', Float64Array.of(1.5, -2)],
    ['<f2', 'FP16', Float16Array.of(1.5, -2)],
    ['<i8', 'INT64', BigInt64Array.of(1n, -2n)],
    ['<u8', 'UINT64', BigUint64Array.of(1n, 2n ** 64n - 1n)],
    ['<i2', 'INT16', Int16Array.of(1, -2)],
    ['|u1', 'UINT8', Uint8Array.of(1, 255)],
    ['|b1', 'BOOL', Uint8Array.of(1, 0)],
  ])('reads dtype %s as %s', (descr, dtype, values) => {
    expect(tensorFromNpy(npyBytes(descr, '(2,)', bytesOf(values)))).toEqual({ dtype, shape: [2], data: values });
  });

  it.each([
    ['(2, 3)', [2, 3]],
    ['(6,)', [6]],
    ['(1, 6, 1)', [1, 6, 1]],
  ])('reads the shape %s', (text, shape) => {
    expect(tensorFromNpy(npyBytes('<f4', text, SIX)).shape).toEqual(shape);
  });

  it('reads a scalar and an array without elements', () => {
    expect(tensorFromNpy(npyBytes('<f4', '()', SIX.subarray(0, 4))).shape).toEqual([]);
    expect(tensorFromNpy(npyBytes('<f4', '(0, 28)', new Uint8Array(0))).data).toHaveLength(0);
  });

  it('swaps the bytes of big-endian arrays and leaves the file alone', () => {
    const file = npyBytes('>i2', '(2,)', Uint8Array.of(0x01, 0x02, 0xff, 0xfe));
    const before = file.slice();
    expect(tensorFromNpy(file).data).toEqual(Int16Array.of(0x0102, -2));
    expect(file).toEqual(before);
  });

  it('reads data that does not lie at a multiple of its element size', () => {
    const file = npyBytes('<f8', '(1,)', bytesOf(Float64Array.of(0.1)));
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    expect(tensorFromNpy(shifted.subarray(1)).data).toEqual(Float64Array.of(0.1));
  });

  it('takes a vector that is said to be in column-major order, which is the same', () => {
    expect(tensorFromNpy(npyBytes('<f4', '(6,)', SIX, 'True')).shape).toEqual([6]);
  });

  it.each([
    ['the descr of a complex number', npyBytes('<c8', '(3,)', SIX), Code.Unimplemented, '"<c8"'],
    ['the descr of text', npyBytes('<U3', '(2,)', SIX), Code.Unimplemented, '"<U3"'],
    ['a column-major matrix', npyBytes('<f4', '(2, 3)', SIX, 'True'), Code.Unimplemented, 'column-major'],
    ['too little data', npyBytes('<f4', '(2, 4)', SIX), Code.InvalidArgument, 'has 32 bytes, the .npy file holds 24'],
    ['too much data', npyBytes('<f4', '(2, 2)', SIX), Code.InvalidArgument, 'has 16 bytes, the .npy file holds 24'],
    ['an enormous shape', npyBytes('<f4', '(99999999, 99999999)', SIX), Code.InvalidArgument, '2^53'],
    ['33 dimensions', npyBytes('<f4', `(${'1, '.repeat(33)})`, SIX), Code.InvalidArgument, '33 dimensions'],
    ['a negative dimension', npyBytes('<f4', '(-1, 6)', SIX), Code.InvalidArgument, 'header must name'],
    ['a structured dtype', npyWithHeader("{'descr': [('a', '<f4')], }", SIX), Code.InvalidArgument, 'header must name'],
    ['a header longer than the file', npyWithHeader('{}', SIX, 60_000), Code.InvalidArgument, 'claims 60000 bytes'],
    [
      'a header version of 4',
      Uint8Array.from(Buffer.from('\x93NUMPY\x04\x00'.padEnd(20), 'latin1')),
      Code.InvalidArgument,
      'of version 4',
    ],
    ['nothing after the magic', Uint8Array.from(Buffer.from('\x93NUMPY', 'latin1')), Code.InvalidArgument, 'cut short'],
    ['another file', Uint8Array.of(0x89, 0x50), Code.InvalidArgument, 'no .npy file'],
  ])('refuses %s', (_, bytes, code, part) => {
    expect(() => tensorFromNpy(bytes)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(part) }),
    );
  });

  it('never reads past a file that is cut anywhere', () => {
    const whole = npyBytes('<f4', '(2, 3)', SIX);
    for (let length = 0; length < whole.length; length++) {
      expect(() => tensorFromNpy(whole.subarray(0, length))).toThrow(expect.objectContaining({ name: 'StatusError' }));
    }
  });
});

describe('isNpy', () => {
  it('knows .npy files by their first six bytes', () => {
    expect(isNpy(npyBytes('<f4', '(6,)', SIX))).toBe(true);
    expect(isNpy(Uint8Array.of(0x93, 0x4e))).toBe(false);
  });
});
