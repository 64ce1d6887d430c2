import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTfRecord, extendCrc32c, maskCrc32c, readTfRecords } from '../../../../layers/codecs/src/index.ts';
import { thrownBy } from '../thrown-by.ts';

const GOLDEN = new Uint8Array(readFileSync(join(import.meta.dirname, '../../../golden/tfrecord/bytes.tfrecord')));
const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;

function concatenated(records: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(records));
}

/** Two records of 3 and 5 bytes; the second begins at byte 19. */
function twoRecords(): Uint8Array {
  return concatenated([encodeTfRecord(Uint8Array.of(1, 2, 3)), encodeTfRecord(Uint8Array.of(4, 5, 6, 7, 8))]);
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  return bytes.with(index, (bytes[index] ?? 0) ^ 1);
}

describe('readTfRecords', () => {
  it("reads what TensorFlow's writer wrote", () => {
    expect([...readTfRecords(GOLDEN)].map(({ length }) => length)).toEqual([0, 1, 3, 4, 255, 1000]);
  });

  it('reads nothing from an empty file', () => {
    expect([...readTfRecords(new Uint8Array(0))]).toEqual([]);
  });

  it('gives back what was encoded, at any address', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.nat(7), (records, skipped) => {
        const bytes = concatenated([new Uint8Array(skipped), ...records.map(encodeTfRecord)]).subarray(skipped);

        expect([...readTfRecords(bytes)]).toEqual(records);
      }),
    );
  });

  it.each([
    [
      'a length that was changed',
      flipped(twoRecords(), 19),
      'corrupted record at 19: the checksum of its length differs',
    ],
    [
      'a checksum of the length that was changed',
      flipped(twoRecords(), 28),
      'corrupted record at 19: the checksum of its length differs',
    ],
    [
      'data that was changed',
      flipped(twoRecords(), 19 + HEADER_BYTES),
      'corrupted record at 19: the checksum of its data differs',
    ],
    [
      'a checksum of the data that was changed',
      flipped(twoRecords(), 39),
      'corrupted record at 19: the checksum of its data differs',
    ],
    ['a header that is cut off', twoRecords().subarray(0, 24), 'truncated record at 19: it has 12 bytes, 5 are left'],
    ['data that is cut off', twoRecords().subarray(0, 33), 'truncated record at 19: it has 21 bytes, 14 are left'],
    ['a footer that is cut off', twoRecords().subarray(0, -1), 'truncated record at 19: it has 21 bytes, 20 are left'],
  ])('throws DATA_LOSS with number and place of the record for %s', (_, bytes, message) => {
    const read: Uint8Array[] = [];
    const error = thrownBy(() => {
      for (const record of readTfRecords(bytes)) {
        read.push(record);
      }
    });

    expect(`${error}`).toBe(`DATA_LOSS: ${message} (record 2)`);
    expect(read).toEqual([Uint8Array.of(1, 2, 3)]);
  });

  it('refuses a length beyond the file, whatever its checksum says', () => {
    const header = new Uint8Array(HEADER_BYTES);
    const view = new DataView(header.buffer);
    view.setBigUint64(0, 2n ** 63n, true);
    view.setUint32(8, maskCrc32c(extendCrc32c(0, header.subarray(0, 8))), true);

    expect(() => [...readTfRecords(header)]).toThrow('truncated record at 0');
  });
});

describe('encodeTfRecord', () => {
  it("writes what TensorFlow's writer wrote", () => {
    expect(concatenated([...readTfRecords(GOLDEN)].map(encodeTfRecord))).toEqual(GOLDEN);
  });

  it('adds a header and a footer', () => {
    expect(encodeTfRecord(new Uint8Array(7))).toHaveLength(HEADER_BYTES + 7 + FOOTER_BYTES);
  });
});
