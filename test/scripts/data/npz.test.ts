import { readFileSync } from 'node:fs';
import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { isNpz, tensorsFromNpz } from '../../../scripts/src/data/npz.ts';
import { bytesOf, npyBytes, npzBytes } from './npy-bytes.ts';

const ARRAY = npyBytes('<f4', '(2,)', bytesOf(Float32Array.of(1, 2)));

/** Overwrites a 32-bit field of the first entry in the central directory. */
function patchDirectory(bytes: Uint8Array, field: number, value: number): Uint8Array {
  const copy = bytes.slice();
  const start = Buffer.from(copy.buffer).indexOf(Buffer.from('PK\x01\x02', 'latin1'));
  new DataView(copy.buffer).setUint32(start + field, value, true);
  return copy;
}

const PACKED_SIZE = 20;
const ORIGINAL_SIZE = 24;

describe('tensorsFromNpz', () => {
  it('reads what numpy wrote, with sizes in the central directory only', () => {
    const tensors = tensorsFromNpz(readFileSync(new URL('../../../examples/mnist/held-out.npz', import.meta.url)));
    expect(tensors.get('images')?.shape).toEqual([1000, 28, 28]);
    expect(tensors.get('labels')).toMatchObject({ dtype: 'UINT8', shape: [1000] });
  });

  it('names arrays without their suffix and skips other files', () => {
    const tensors = tensorsFromNpz(npzBytes({ 'x.npy': ARRAY, 'a/b.npy': ARRAY, 'readme.txt': Uint8Array.of(1) }));
    expect([...tensors.keys()]).toEqual(['x', 'a/b']);
  });

  it.each([
    ['another file', ARRAY, 'no .npz file'],
    ['a file without arrays', npzBytes({ 'x.txt': ARRAY }), 'holds no arrays'],
    [
      'bytes that only begin like a ZIP file',
      Uint8Array.from(Buffer.from('PK\x03\x04 and then nothing', 'latin1')),
      'cannot be unpacked',
    ],
    [
      'a claim of 4 GB from a few bytes',
      patchDirectory(npzBytes({ 'x.npy': ARRAY }), ORIGINAL_SIZE, 0xf000_0000),
      'more than',
    ],
    [
      'a claim of 100 MB from a few bytes',
      patchDirectory(npzBytes({ 'x.npy': ARRAY }), ORIGINAL_SIZE, 1e8),
      'claims 100000000 bytes',
    ],
    [
      'less data than claimed',
      patchDirectory(npzBytes({ 'x.npy': ARRAY }), ORIGINAL_SIZE, ARRAY.length + 1),
      'cut short',
    ],
    ['packed data beyond the end', patchDirectory(npzBytes({ 'x.npy': ARRAY }), PACKED_SIZE, 1e6), 'claims'],
    ['an array that is none', npzBytes({ 'x.npy': Uint8Array.of(1, 2, 3) }), 'array "x": the file is no .npy file'],
  ])('refuses %s', (_, bytes, part) => {
    expect(() => tensorsFromNpz(bytes)).toThrow(
      expect.objectContaining({ name: 'StatusError', message: expect.stringContaining(part) }),
    );
  });

  it('refuses more than a thousand entries before unpacking them', () => {
    const files = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`${index}.txt`, new Uint8Array(0)]));
    expect(() => tensorsFromNpz(npzBytes(files))).toThrow(expect.objectContaining({ code: Code.ResourceExhausted }));
  });

  it('never does anything but throw a StatusError for a file that is cut anywhere', () => {
    const whole = npzBytes({ 'x.npy': ARRAY });
    for (let length = 0; length < whole.length; length++) {
      expect(() => tensorsFromNpz(whole.subarray(0, length))).toThrow(expect.objectContaining({ name: 'StatusError' }));
    }
  });
});

describe('isNpz', () => {
  it('knows ZIP files, the empty one too', () => {
    expect(isNpz(npzBytes({ 'x.npy': ARRAY }))).toBe(true);
    expect(isNpz(npzBytes({}))).toBe(true);
    expect(isNpz(Uint8Array.of(0x50, 0x4b))).toBe(false);
  });
});
