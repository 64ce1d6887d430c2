import { open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { dataLoss, StatusError } from '@tensorfleet/core';
import type { WeightGroup, WeightSpec } from './model-json.ts';

export interface StoredWeight {
  readonly spec: WeightSpec;
  /** A view into the bytes of its group; numbers are little-endian and may be unaligned. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Bytes of one element in the file; strings have a length of four bytes before each. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  float16: 2,
  uint16: 2,
  uint8: 1,
};

const STRING_LENGTH_BYTES = 4;

/** Longest read of one call; the system takes no more than 2 GiB. */
const READ_BYTES = 1 << 30;

/**
 * The weights of all groups in order; memory is allocated for bytes that are in the files, not for claimed ones.
 * Throws DATA_LOSS that names file, weight and place when a file is missing or its size is not the manifest's.
 */
export async function readWeights(directory: string, groups: readonly WeightGroup[]): Promise<readonly StoredWeight[]> {
  const weights: StoredWeight[] = [];
  for (const group of groups) {
    weights.push(...cut(group, await readShards(directory, group)));
  }
  return weights;
}

async function readShards(directory: string, group: WeightGroup): Promise<Uint8Array<ArrayBuffer>> {
  const shards: Uint8Array<ArrayBuffer>[] = [];
  for (const path of group.paths) {
    shards.push(await readShard(directory, path));
  }
  if (shards.length === 1 && shards[0] !== undefined) {
    return shards[0];
  }
  const bytes = new Uint8Array(shards.reduce((sum, shard) => sum + shard.length, 0));
  let offset = 0;
  for (const shard of shards) {
    bytes.set(shard, offset);
    offset += shard.length;
  }
  return bytes;
}

async function readShard(directory: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  if (path === '' || path.includes('\\') || path.includes('\0') || posix.isAbsolute(path) || climbs(path)) {
    throw dataLoss(`weights file ${JSON.stringify(path)} is not in the directory of the model`);
  }
  try {
    await using file = await open(join(directory, path));
    const stats = await file.stat();
    if (!stats.isFile()) {
      throw dataLoss(`weights file ${path} is not a file`);
    }
    const bytes = new Uint8Array(stats.size);
    for (let offset = 0; offset < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, offset, Math.min(READ_BYTES, bytes.length - offset), offset);
      if (bytesRead === 0) {
        throw dataLoss(`weights file ${path} ends at byte ${offset} of ${bytes.length}`);
      }
      offset += bytesRead;
    }
    return bytes;
  } catch (error) {
    throw StatusError.is(error) ? error : dataLoss(`weights file ${path} cannot be read`, {}, error);
  }
}

function climbs(path: string): boolean {
  return posix.normalize(path).split('/')[0] === '..';
}

function cut(group: WeightGroup, bytes: Uint8Array<ArrayBuffer>): readonly StoredWeight[] {
  const place = `weights in ${group.paths.join(', ') || 'no file'}`;
  let offset = 0;
  const weights = group.weights.map((spec) => {
    const length = byteLengthOf(spec, bytes.subarray(offset));
    if (length === undefined || !(offset + length <= bytes.length)) {
      const wanted = length === undefined ? '' : ` of ${length} bytes`;
      throw dataLoss(`${place} end at byte ${bytes.length}, within "${spec.name}"${wanted} that begins at ${offset}`);
    }
    const view = bytes.subarray(offset, offset + length);
    offset += length;
    return { spec, bytes: view };
  });
  if (offset !== bytes.length) {
    throw dataLoss(`${place} have ${bytes.length} bytes, the manifest describes ${offset}`);
  }
  return weights;
}

/** Bytes of a weight that begins at `rest`; undefined when `rest` ends before that is known. */
function byteLengthOf({ shape, dtype, quantization }: WeightSpec, rest: Uint8Array<ArrayBuffer>): number | undefined {
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  const elementBytes = ELEMENT_BYTES[quantization?.dtype ?? dtype];
  if (elementBytes !== undefined) {
    return count * elementBytes;
  }
  const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
  let offset = 0;
  for (let index = 0; index < count; index++) {
    if (offset + STRING_LENGTH_BYTES > rest.length) {
      return undefined;
    }
    offset += STRING_LENGTH_BYTES + view.getUint32(offset, true);
  }
  return offset;
}
