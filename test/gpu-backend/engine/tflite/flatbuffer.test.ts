import { Code } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlatBuffer, type FlatTable } from '../../../../gpu-backend/src/engine/tflite/flatbuffer.ts';
import { type FlatNode, prependHead } from '../../../../gpu-backend/src/engine/tflite/flatbuffer-head.ts';

const anyInt = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const anyFields = fc.record({
  word: anyInt,
  words: fc.array(anyInt, { maxLength: 9 }),
  text: fc.string(),
  children: fc.array(anyInt, { maxLength: 5 }),
});

function fileOf(
  fields: readonly (readonly [number, number | FlatNode])[],
  old: Uint8Array = new Uint8Array(),
): FlatTable {
  return new FlatBuffer(prependHead({ kind: 'table', fields }, 'TEST', old), 'a.bin').root();
}

describe('prependHead', () => {
  it('writes what FlatTable reads', () => {
    fc.assert(
      fc.property(anyFields, ({ word, words, text, children }) => {
        const root = fileOf([
          [0, word],
          [2, { kind: 'int32s', values: words }],
          [3, { kind: 'bytes', bytes: new TextEncoder().encode(text) }],
          [7, { kind: 'tables', items: children.map((value) => ({ kind: 'table', fields: [[1, value]] })) }],
        ]);
        expect(root.int32(0)).toBe(word);
        expect(root.int32(1, 5)).toBe(5);
        expect(root.int32s(2)).toEqual(words);
        expect(root.text(3)).toBe(text);
        expect(root.tables(7).map((table) => table.int32(1))).toEqual(children);
        expect(root.int32(8, 6)).toBe(6);
      }),
    );
  });

  it('keeps the old file and its alignment, and can refer into it', () => {
    const old = prependHead({ kind: 'table', fields: [[0, 42]] }, 'OLD_', new Uint8Array());
    const { position } = new FlatBuffer(old, 'old.bin').root();
    const root = fileOf([[0, { kind: 'old', position }]], old);
    const start = root.buffer.bytes.length - old.length;
    expect(root.table(0)?.int32(0)).toBe(42);
    expect(start % 16).toBe(0);
    expect(root.buffer.bytes.subarray(start)).toEqual(old);
  });

  it('aligns the contents of vectors to 16 bytes', () => {
    const root = fileOf([
      [0, { kind: 'bytes', bytes: new Uint8Array(3) }],
      [1, { kind: 'bytes', bytes: new Uint8Array(5) }],
    ]);
    expect([root.target(0), root.target(1)].map((at) => ((at ?? 0) + 4) % 16)).toEqual([0, 0]);
  });
});

describe('FlatTable', () => {
  it.each([
    { name: 'an offset beyond the end', word: 4_000_000 },
    { name: 'a vector longer than the file', word: 4 },
  ])('answers DATA_LOSS for $name', ({ word }) => {
    const bytes = new Uint8Array(fileOf([[0, { kind: 'int32s', values: [1] }]]).buffer.bytes);
    const root = new FlatBuffer(bytes, 'a.bin').root();
    const view = new DataView(bytes.buffer);
    const at = root.locate(0) ?? 0;
    view.setUint32(at, word, true);
    view.setUint32(at + word < bytes.length ? at + word : 0, 1000, true);
    expect(() => root.int32s(0)).toThrow(expect.objectContaining({ code: Code.DataLoss }));
  });

  it('answers DATA_LOSS when vectors over each other would be read for ever', () => {
    const words: FlatNode = { kind: 'int32s', values: new Array(1000).fill(7) };
    const old = prependHead({ kind: 'table', fields: [[0, words]] }, 'OLD_', new Uint8Array());
    const { position } = new FlatBuffer(old, 'old.bin').root();
    const root = fileOf([[0, { kind: 'tables', items: new Array(1000).fill({ kind: 'old', position }) }]], old);
    const readAll = (): unknown => root.tables(0).map((table) => table.int32s(0)?.length);
    expect(readAll).toThrow(expect.objectContaining({ code: Code.DataLoss }));
  });
});
