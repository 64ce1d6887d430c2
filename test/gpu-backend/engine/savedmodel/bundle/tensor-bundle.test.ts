import { closeSync, cpSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../../../gpu-backend/src/engine/savedmodel/bundle/tensor-bundle.ts';
import type { Checkpoint } from '../../../../../gpu-backend/src/engine/savedmodel/checkpoint.ts';
import { extendCrc32c } from '../../../../../layers/codecs/src/index.ts';
import { thrownBy } from '../../../../layers/codecs/thrown-by.ts';
import { EXPECTED, type ExpectedTensor, variablesDirectory } from '../golden-models.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../temporary-directory.ts';
import {
  type EntryFields,
  entryProto,
  headerProto,
  rowsOf,
  sortedTable,
  textKey,
  writeBundle,
  writePartitioned,
} from './write-bundle.ts';

/** Names of numpy's dtypes. */
const DTYPES: Readonly<Record<string, string>> = {
  bool: 'BOOL',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  float16: 'FP16',
  bfloat16: 'BF16',
  float32: 'FP32',
  float64: 'FP64',
  string: 'STRING',
};

function readAll(name: string): Record<string, ExpectedTensor> {
  using checkpoint = openCheckpoint(variablesDirectory(name));
  const keys = [...checkpoint.entries.keys()].filter((key) => key !== '_CHECKPOINTABLE_OBJECT_GRAPH');
  return Object.fromEntries(
    keys.map((key) => {
      const { dtype, shape, data } = checkpoint.read(key);
      const bytes = Array.isArray(data)
        ? data.map((one: Uint8Array) => Buffer.from(one).toString('base64'))
        : Buffer.from((data as Uint8Array).buffer).toString('hex');
      return [key, { dtype, shape, data: bytes }];
    }),
  );
}

describe.each(Object.keys(EXPECTED))('openCheckpoint of %s', (name) => {
  it('reads the tensors that TensorFlow reads', () => {
    const expected = Object.entries(EXPECTED[name]!.checkpoint)
      .filter(([, { dtype }]) => dtype in DTYPES)
      .map(([key, tensor]) => [key, { ...tensor, dtype: DTYPES[tensor.dtype] }]);

    expect(readAll(name)).toEqual(Object.fromEntries(expected));
  });
});

const FLOATS = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
const FLOATS_ENTRY = { shape: [2, 3], size: 24, crc: extendCrc32c(0, FLOATS) };

/** A checkpoint of one entry `t`. */
function openOne(directory: string, entry: EntryFields, data: Uint8Array, header?: Uint8Array): Checkpoint {
  writeBundle(directory, sortedTable([rowsOf([{ key: textKey('t'), value: entryProto(entry) }], header)]), data);
  return openCheckpoint(directory);
}

function drain(blocks: Iterable<Uint8Array>): Uint8Array {
  return Buffer.concat(Array.from(blocks, (block) => block.slice()));
}

describe('openCheckpoint', () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => directory[Symbol.dispose]());

  it('is empty where there is no index', () => {
    const checkpoint = openCheckpoint(join(directory.path, 'nothing'));

    expect([...checkpoint.entries]).toEqual([]);
    expect(thrownBy(() => checkpoint.read('t')).code).toBe(Code.NotFound);
  });

  it('leaves out dtypes that tensors cannot hold', () => {
    for (const dtype of [8, 20, 21, 30, 0, 99]) {
      expect([...openOne(directory.path, { ...FLOATS_ENTRY, dtype }, FLOATS).entries]).toEqual([]);
    }
  });

  it.each([
    ['a big-endian machine', FLOATS_ENTRY, headerProto(1, 1), Code.Unimplemented],
    ['no data files', FLOATS_ENTRY, headerProto(0), Code.DataLoss],
    ['another size than the shape says', { ...FLOATS_ENTRY, size: 20 }, undefined, Code.DataLoss],
    ['a data file that there is not', { ...FLOATS_ENTRY, shard: 1 }, undefined, Code.DataLoss],
    ['a negative offset', { ...FLOATS_ENTRY, offset: -1 }, undefined, Code.DataLoss],
    ['an unknown dimension', { ...FLOATS_ENTRY, shape: [-1, 3] }, undefined, Code.DataLoss],
    ['more elements than numbers count', { ...FLOATS_ENTRY, shape: [2 ** 40, 2 ** 40] }, undefined, Code.DataLoss],
    ['a slice that there is not', { shape: [6], slices: [[{ start: 0, length: 6 }]] }, undefined, Code.DataLoss],
  ])('refuses %s', (_, entry, header, code) => {
    expect(thrownBy(() => openOne(directory.path, entry, FLOATS, header)).code).toBe(code);
  });

  it('refuses a key that is no text', () => {
    const row = { key: Uint8Array.of(0xff), value: entryProto(FLOATS_ENTRY) };
    writeBundle(directory.path, sortedTable([rowsOf([row])]), FLOATS);

    expect(thrownBy(() => openCheckpoint(directory.path)).message).toMatch(
      /variables.index": the key "ÿ" is not UTF-8/,
    );
  });

  it.each([
    ['an offset beyond the file', { ...FLOATS_ENTRY, offset: 4 }, FLOATS],
    ['gigabytes that the file does not have', { shape: [2 ** 40], size: 2 ** 42 }, FLOATS],
    ['a file that is cut off', FLOATS_ENTRY, FLOATS.subarray(0, 23)],
    ['a changed byte', FLOATS_ENTRY, FLOATS.with(11, 1)],
    [
      'a byte that is no bool',
      { dtype: 10, shape: [2], size: 2, crc: extendCrc32c(0, Uint8Array.of(1, 2)) },
      Uint8Array.of(1, 2),
    ],
    ['strings, more than bytes', { dtype: 7, shape: [2 ** 40], size: 3 }, FLOATS],
    ['strings with lengths that are wrong', { dtype: 7, shape: [2], size: 6 }, Uint8Array.of(1, 0, 0, 0, 0, 0)],
  ])('refuses to read %s with DATA_LOSS that names file and tensor', (_, entry: EntryFields, data) => {
    const checkpoint = openOne(directory.path, entry, data);
    const error = thrownBy(() => checkpoint.read('t'));

    expect(error.code).toBe(Code.DataLoss);
    expect(error.message).toContain('tensor "t"');
    if (entry.dtype !== 7) {
      expect(thrownBy(() => drain(checkpoint.blocks('t'))).code).toBe(Code.DataLoss);
    }
  });

  it('refuses a missing data file with DATA_LOSS', () => {
    const checkpoint = openOne(directory.path, FLOATS_ENTRY, FLOATS);
    rmSync(join(directory.path, 'variables.data-00000-of-00001'));

    expect(thrownBy(() => checkpoint.read('t')).message).toMatch(/variables.data-00000-of-00001" is missing/);
  });

  it('refuses a changed byte of strings, wherever it is', () => {
    const { path } = directory;
    cpSync(variablesDirectory('dtypes'), path, { recursive: true });
    const file = join(path, 'variables.data-00000-of-00001');
    const data = readFileSync(file);
    const start = data.indexOf('plain');
    writeFileSync(file, data.with(start, 0));

    expect(thrownBy(() => openCheckpoint(path).read('words/.ATTRIBUTES/VARIABLE_VALUE')).message).toMatch(
      /strings have a wrong checksum/,
    );
  });

  it('reads any part of a tensor', () => {
    const checkpoint = openOne(directory.path, FLOATS_ENTRY, FLOATS);

    expect(
      checkpoint.read('t', [
        { start: 0, length: 2 },
        { start: 1, length: 2 },
      ]),
    ).toEqual({
      dtype: 'FP32',
      shape: [2, 2],
      data: Float32Array.of(2, 3, 5, 6),
    });
    expect(
      checkpoint.read('t', [
        { start: 1, length: 1 },
        { start: 0, length: 0 },
      ]).data,
    ).toEqual(new Float32Array(0));
  });

  it.each([
    ['of another rank', [{ start: 0, length: 1 }]],
    [
      'beyond the end',
      [
        { start: 1, length: 2 },
        { start: 0, length: 3 },
      ],
    ],
    [
      'before the beginning',
      [
        { start: -1, length: 1 },
        { start: 0, length: 3 },
      ],
    ],
  ])('refuses a part %s', (_, slice) => {
    const checkpoint = openOne(directory.path, FLOATS_ENTRY, FLOATS);

    expect(thrownBy(() => checkpoint.read('t', slice)).code).toBe(Code.InvalidArgument);
  });

  it('checks all of a tensor when a part of it is read', () => {
    const checkpoint = openOne(directory.path, FLOATS_ENTRY, FLOATS.with(23, 1));

    expect(
      thrownBy(() =>
        checkpoint.read('t', [
          { start: 0, length: 1 },
          { start: 0, length: 1 },
        ]),
      ).code,
    ).toBe(Code.DataLoss);
  });

  it('puts a tensor together that is cut in both dimensions', () => {
    writePartitioned(
      directory.path,
      [3, 4],
      [
        {
          extents: [
            { start: 0, length: 1 },
            { start: 0, length: 3 },
          ],
          values: [0, 1, 2],
        },
        {
          extents: [
            { start: 0, length: 1 },
            { start: 3, length: 1 },
          ],
          values: [3],
        },
        {
          extents: [
            { start: 1, length: 2 },
            { start: 0, length: 3 },
          ],
          values: [4, 5, 6, 8, 9, 10],
        },
        {
          extents: [
            { start: 1, length: 2 },
            { start: 3, length: 1 },
          ],
          values: [7, 11],
        },
      ],
    );
    const checkpoint = openCheckpoint(directory.path);
    const all = Float32Array.from({ length: 12 }, (_, index) => index);

    expect(checkpoint.read('t')).toEqual({ dtype: 'FP32', shape: [3, 4], data: all });
    expect(drain(checkpoint.blocks('t'))).toEqual(Buffer.from(all.buffer));
    expect(
      checkpoint.read('t', [
        { start: 1, length: 2 },
        { start: 2, length: 2 },
      ]).data,
    ).toEqual(Float32Array.of(6, 7, 10, 11));
  });

  it('reads beyond 2 GiB, and in blocks', () => {
    const offset = 2 ** 32 + 12;
    const floats = new Uint8Array(5 * 2 ** 20).map((_, index) => index % 251);
    const entry = { dtype: 4, shape: [floats.length], offset, size: floats.length, crc: extendCrc32c(0, floats) };
    const checkpoint = openOne(directory.path, entry, new Uint8Array(0));
    const file = openSync(join(directory.path, 'variables.data-00000-of-00001'), 'r+');
    writeSync(file, floats, 0, floats.length, offset); // a hole before it takes no room on the disk
    closeSync(file);
    const blocks = Array.from(checkpoint.blocks('t'), (block) => block.length);

    expect(blocks).toEqual([4 * 2 ** 20, 2 ** 20]);
    expect(Buffer.compare(drain(checkpoint.blocks('t')), floats)).toBe(0);
    expect(Buffer.compare(checkpoint.read('t').data as Uint8Array, floats)).toBe(0);
  });
});
