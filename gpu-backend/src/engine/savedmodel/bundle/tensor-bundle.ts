import { join } from 'node:path';
import {
  type AnyTensor,
  ARRAY_OF,
  elementCount,
  formatShape,
  invalidArgument,
  notFound,
  unimplemented,
} from '@tensorfleet/core';
import type { Checkpoint, TensorSlice } from '../checkpoint.ts';
import { inPlace, OpenFile } from '../file-access.ts';
import { type BundleIndex, formatExtents, readBundleIndex, type StoredTensor } from './bundle-index.ts';
import { regionBlocks } from './region-blocks.ts';
import { ShardFiles } from './shard-files.ts';
import { readStoredStrings } from './string-tensor.ts';

/** An index takes about 100 bytes per tensor. */
const MAX_INDEX_BYTES = 64 * 2 ** 20;

const NO_TENSORS: BundleIndex = { shards: 0, tensors: new Map() };

/**
 * The checkpoint `variables.index` with its data files in `directory`, the `variables` folder of a SavedModel; an empty
 * one where there is no index, as in a model without variables. Files are open only while something is read.
 */
export function openCheckpoint(directory: string): Checkpoint {
  const path = join(directory, 'variables.index');
  using file = OpenFile.openIfThere(path);
  if (file === undefined) {
    return new TensorBundle(directory, NO_TENSORS);
  }
  const bytes = file.readAll(MAX_INDEX_BYTES);
  return new TensorBundle(
    directory,
    inPlace(`"${path}"`, () => readBundleIndex(bytes)),
  );
}

class TensorBundle implements Checkpoint {
  readonly entries: ReadonlyMap<string, StoredTensor>;
  readonly #directory: string;
  readonly #shards: number;

  constructor(directory: string, index: BundleIndex) {
    this.#directory = directory;
    this.#shards = index.shards;
    this.entries = index.tensors;
  }

  read(key: string, slice?: TensorSlice): AnyTensor {
    const stored = this.#stored(key);
    const { dtype, shape } = stored;
    using files = ShardFiles.open(this.#directory, this.#shards, stored.pieces, `tensor "${key}"`);
    if (dtype === 'STRING') {
      return { dtype, shape, data: stringsOf(key, stored, files, slice) };
    }
    const region = slice ?? wholeOf(shape);
    checkRegion(key, shape, region);
    const lengths = region.map(({ length }) => length);
    const data = new ARRAY_OF[dtype](elementCount(lengths));
    const bytes = new Uint8Array(data.buffer);
    let filled = 0;
    for (const block of regionBlocks(files, { ...stored, dtype }, region, `tensor "${key}"`)) {
      bytes.set(block, filled);
      filled += block.length;
    }
    return { dtype, shape: lengths, data } as AnyTensor; // the array was looked up by `dtype`
  }

  *blocks(key: string): Generator<Uint8Array> {
    const stored = this.#stored(key);
    const { dtype, shape, pieces } = stored;
    if (dtype === 'STRING') {
      throw invalidArgument(`tensor "${key}" holds strings, which have no blocks`);
    }
    using files = ShardFiles.open(this.#directory, this.#shards, pieces, `tensor "${key}"`);
    yield* regionBlocks(files, { dtype, shape, pieces }, wholeOf(shape), `tensor "${key}"`);
  }

  [Symbol.dispose](): void {
    // nothing stays open between reads
  }

  #stored(key: string): StoredTensor {
    const stored = this.entries.get(key);
    if (stored === undefined) {
      throw notFound(`the checkpoint in "${this.#directory}" has no tensor "${key}"`);
    }
    return stored;
  }
}

function wholeOf(shape: readonly number[]): TensorSlice {
  return shape.map((length) => ({ start: 0, length }));
}

function checkRegion(key: string, shape: readonly number[], region: TensorSlice): void {
  const isInside = region.every(
    ({ start, length }, axis) => start >= 0 && length >= 0 && start + length <= (shape[axis] ?? -1),
  );
  if (!isInside || region.length !== shape.length) {
    throw invalidArgument(
      `slice ${formatExtents(region)} is not inside tensor "${key}" of shape ${formatShape(shape)}`,
    );
  }
}

/** Strings are stored whole: TensorFlow partitions no string variables. */
function stringsOf(
  key: string,
  { shape, pieces }: StoredTensor,
  files: ShardFiles,
  slice: TensorSlice | undefined,
): readonly Uint8Array[] {
  const [piece] = pieces;
  if (slice !== undefined || pieces.length !== 1 || piece === undefined) {
    throw unimplemented(`tensor "${key}" of strings is read in slices, which is not supported`);
  }
  const { shard, offset, size, crc32c } = piece.bytes;
  const file = files.of(shard);
  const bytes = new Uint8Array(size);
  file.read(bytes, offset);
  return inPlace(`"${file.path}": tensor "${key}"`, () => readStoredStrings(bytes, elementCount(shape), crc32c));
}
