import { describe, expect, it } from 'vitest';
import { decodeSnappy } from '../../../../../gpu-backend/src/engine/savedmodel/bundle/snappy.ts';
import { thrownBy } from '../../../../layers/codecs/thrown-by.ts';

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

function stream(size: number, ...parts: readonly (number | string)[]): Uint8Array {
  const length = size < 128 ? [size] : [(size & 127) | 128, size >> 7];
  return Buffer.concat([
    Uint8Array.from(length),
    ...parts.map((p) => (typeof p === 'string' ? bytesOf(p) : Uint8Array.of(p))),
  ]);
}

const LONG = 'x'.repeat(61);

describe('decodeSnappy', () => {
  it.each([
    ['nothing', stream(0), ''],
    ['a literal', stream(3, 2 << 2, 'abc'), 'abc'],
    ['a literal of 60', stream(60, 59 << 2, LONG.slice(1)), LONG.slice(1)],
    ['a literal with a length of one byte', stream(61, 60 << 2, 60, LONG), LONG],
    ['a literal with a length of two bytes', stream(61, 61 << 2, 60, 0, LONG), LONG],
    ['a literal with a length of four bytes', stream(61, 63 << 2, 60, 0, 0, 0, LONG), LONG],
    ['a copy with an offset of 11 bits', stream(8, 3 << 2, 'abcd', 1, 4), 'abcdabcd'],
    ['a copy with an offset of 16 bits', stream(6, 2 << 2, 'abc', (2 << 2) | 2, 3, 0), 'abcabc'],
    ['a copy with an offset of 32 bits', stream(6, 2 << 2, 'abc', (2 << 2) | 3, 3, 0, 0, 0), 'abcabc'],
    ['a copy that overlaps itself', stream(10, 1 << 2, 'ab', (7 << 2) | 2, 2, 0), 'ababababab'],
  ])('reads %s', (_, bytes, text) => {
    expect(Buffer.from(decodeSnappy(bytes)).toString('latin1')).toBe(text);
  });

  it.each([
    ['no bytes', new Uint8Array(0)],
    ['a size that no stream of the length has', stream(2000, 2 << 2, 'abc')],
    ['fewer bytes than the size', stream(4, 2 << 2, 'abc')],
    ['more bytes than the size', stream(2, 2 << 2, 'abc')],
    ['a literal that is cut off', stream(3, 2 << 2, 'ab')],
    ['a literal of 4 GiB', stream(3, 63 << 2, 255, 255, 255, 255)],
    ['a copy from before the beginning', stream(6, 2 << 2, 'abc', (2 << 2) | 2, 4, 0)],
    ['a copy from 4 GiB before', stream(6, 2 << 2, 'abc', (2 << 2) | 3, 255, 255, 255, 255)],
    ['a copy from where it goes to', stream(6, 2 << 2, 'abc', (2 << 2) | 2, 0, 0)],
  ])('refuses %s', (_, bytes) => {
    expect(thrownBy(() => decodeSnappy(bytes)).message).toMatch(/Snappy block/);
  });
});
