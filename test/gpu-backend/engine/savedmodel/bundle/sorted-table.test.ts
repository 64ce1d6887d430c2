import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { readSortedTable } from '../../../../../gpu-backend/src/engine/savedmodel/bundle/sorted-table.ts';
import { thrownBy } from '../../../../layers/codecs/thrown-by.ts';
import { blockOf, sortedTable, type TableRow, textKey, varint, withTrailer } from './write-bundle.ts';

function row(key: string, value = key): TableRow {
  return { key: textKey(key), value: textKey(value) };
}

function readAll(bytes: Uint8Array): string[][] {
  return Array.from(readSortedTable(bytes), ({ key, value }) => [key, value].map((one) => Buffer.from(one).toString()));
}

/** A block as a Snappy stream of literals. */
function packed(block: Uint8Array): Uint8Array {
  const literals = Array.from({ length: Math.ceil(block.length / 60) }, (_, index) =>
    block.subarray(60 * index, 60 * (index + 1)),
  );
  return Uint8Array.from([...varint(block.length), ...literals.flatMap((one) => [(one.length - 1) << 2, ...one])]);
}

const GROUPS = [[row('a'), row('ab', ''), row('abc')], [row('b')], [row('ba'), row('c')]];
const ROWS = GROUPS.flat().map(({ key, value }) => [Buffer.from(key).toString(), Buffer.from(value).toString()]);

describe('readSortedTable', () => {
  it('reads the rows of all blocks in order', () => {
    expect(readAll(sortedTable(GROUPS))).toEqual(ROWS);
  });

  it('reads blocks that Snappy has compressed', () => {
    expect(readAll(sortedTable(GROUPS, { compression: 1, pack: packed }))).toEqual(ROWS);
  });

  it('refuses another compression with UNIMPLEMENTED', () => {
    expect(thrownBy(() => readAll(sortedTable(GROUPS, { compression: 2 }))).code).toBe(Code.Unimplemented);
  });

  it.each([
    ['keys out of order', sortedTable([[row('b'), row('a')]]), /keys out of order/],
    ['a key twice', sortedTable([[row('a')], [row('a')]]), /keys out of order/],
    ['keys that repeat far more than the file has', sortedTable([longKeys()]), /far longer than the file/],
    ['another file', new Uint8Array(100), /which no table does/],
    ['a short file', new Uint8Array(47), /its footer alone has 48/],
    ['a block without restarts', sortedTable([], { pack: () => new Uint8Array(0) }), /restarts/],
    ['restarts beyond the block', sortedTable([], { pack: () => new Uint8Array(4).fill(255) }), /restarts/],
    [
      'a key that shares what was not there',
      sortedTable([], { pack: () => Uint8Array.of(1, 0, 0, 0, 0, 0, 0) }),
      /shares 1 of 0/,
    ],
    ['a block twice', blockTwice(), /begins before byte/],
  ])('refuses %s', (_, bytes, message) => {
    expect(thrownBy(() => readAll(bytes)).message).toMatch(message);
  });

  it('refuses any byte changed, but in the padding of the footer', () => {
    const bytes = sortedTable(GROUPS);
    const accepted = Array.from(bytes, (byte, index) => {
      const changed = bytes.slice();
      changed[index] = byte ^ 0x10;
      try {
        readAll(changed);
        return index - bytes.length;
      } catch {
        return undefined;
      }
    }).filter((index) => index !== undefined);

    expect(accepted.every((index) => index >= -48 && index < -8)).toBe(true);
  });
});

/** Keys of 10,000 bytes that differ in their last two: seven bytes each in the file. */
function longKeys(): readonly TableRow[] {
  return Array.from({ length: 200 }, (_, index) =>
    row(`${'x'.repeat(10_000)}${String.fromCharCode(0x100 + index)}`, ''),
  );
}

/** A table whose index names its data block twice. */
function blockTwice(): Uint8Array {
  const block = withTrailer(blockOf([row('a')]), 0);
  const handle = Uint8Array.of(0, block.length - 5);
  const index = withTrailer(
    blockOf([
      { key: textKey('a'), value: handle },
      { key: textKey('b'), value: handle },
    ]),
    0,
  );
  const footer = sortedTable([]).slice(-48);
  footer.set([0, 0, block.length, index.length - 5]);
  return Buffer.concat([block, index, footer]);
}
