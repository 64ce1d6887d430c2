import { Code, StatusError } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../../../layers/codecs/src/proto/byte-reader.ts';
import { thrownBy } from '../thrown-by.ts';

function readerOf(hex: string): ByteReader {
  return ByteReader.of(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 'Thing');
}

describe('ByteReader', () => {
  it.each([
    ['00', 0],
    ['7f', 127],
    ['80 01', 128],
    ['ff ff ff ff 0f', 2 ** 32 - 1],
    ['ff ff ff ff ff ff ff ff ff 01', -1],
    ['ff ff ff ff ff ff ff 0f', 2 ** 53 - 1],
    ['81 80 80 80 80 80 80 f0 ff 01', -(2 ** 53) + 1],
    ['80 80 80 80 80 80 80 80 80 00', 0],
  ])('reads the varint %s as the int64 %d', (hex, expected) => {
    expect(readerOf(hex).safeInt64()).toBe(expected);
  });

  it('keeps the low 32 bits of a longer varint for a uint32', () => {
    expect(readerOf('ff ff ff ff ff ff ff ff ff 01').uint32()).toBe(0xffff_ffff);
  });

  it.each([
    ['a cut varint', '80', 'the varint is cut off'],
    ['a varint of eleven bytes', '80 80 80 80 80 80 80 80 80 80 01', 'more than 10 bytes'],
    ['a varint of 65 bits', 'ff ff ff ff ff ff ff ff ff 02', 'more than 64 bits'],
    ['2^53', '80 80 80 80 80 80 80 10', 'outside -(2^53 - 1) to 2^53 - 1'],
    ['-2^53', '80 80 80 80 80 80 80 f0 ff 01', 'outside -(2^53 - 1) to 2^53 - 1'],
  ])('refuses %s as an int64', (_name, hex, reason) => {
    expect(thrownBy(() => readerOf(hex).safeInt64())).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(reason),
    });
  });

  it('names message, field and byte in its errors', () => {
    const reader = readerOf('2a 02 61');
    reader.tag();

    expect(thrownBy(() => reader.bytes())).toEqual(
      new StatusError(Code.InvalidArgument, 'Thing field 5 at byte 2: 2 bytes are wanted, 1 are left'),
    );
  });

  it.each([
    ['field number 0', '00'],
    ['a field number of more than 29 bits', '80 80 80 80 10'],
  ])('refuses %s', (_name, hex) => {
    expect(thrownBy(() => readerOf(hex).tag()).message).toContain('the next field has no valid number');
  });

  it.each([
    ['a group', '0b 0c'],
    ['the end of a group', '0c'],
    ['the wire type 6', '0e'],
    ['the wire type 7', '0f'],
  ])('refuses %s', (_name, hex) => {
    const reader = readerOf(hex);

    expect(thrownBy(() => reader.skip(reader.tag())).message).toContain('is not supported');
  });

  it('refuses a length over 4 GiB', () => {
    expect(thrownBy(() => readerOf('ff ff ff ff ff 01').bytes()).message).toContain('over 4 GiB');
  });

  it('skips every wire type to the next field', () => {
    const reader = readerOf('08 ff 01  11 0102030405060708  1a 02 ffff  25 01020304  28 07');
    for (let skipped = 0; skipped < 4; skipped++) {
      reader.skip(reader.tag());
    }
    reader.tag();

    expect(reader.uint32()).toBe(7);
    expect(reader.hasMore).toBe(false);
  });

  it('does not read beyond the end of an embedded message', () => {
    const embedded = readerOf('02 08 80 01').message('Inner');
    embedded.tag();

    expect(thrownBy(() => embedded.uint32()).message).toBe('Inner field 1 at byte 2: the varint is cut off');
  });

  it('refuses strings that are not UTF-8', () => {
    expect(thrownBy(() => readerOf('02 c3 28').string()).message).toContain('not UTF-8');
  });

  it('keeps the byte order mark of a string', () => {
    expect(readerOf('04 ef bb bf 61').string()).toBe('\ufeffa');
  });

  it('hands out plain Uint8Arrays over the memory of a Buffer', () => {
    const buffer = Buffer.from('0002ffee', 'hex').subarray(1);
    const bytes = ByteReader.of(buffer, 'Thing').bytes();

    expect(bytes.constructor).toBe(Uint8Array);
    expect(bytes.buffer).toBe(buffer.buffer);
    expect(bytes).toEqual(Uint8Array.of(0xff, 0xee));
  });
});
