import { join } from 'node:path';
import { dataLoss, internal } from '@tensorfleet/core';
import { ifThere, OpenFile } from '../file-access.ts';
import type { Piece } from './bundle-index.ts';

/** The data files that the pieces of a tensor lie in, open; they have all the bytes that the pieces claim. */
export class ShardFiles implements Disposable {
  readonly #files = new Map<number, OpenFile>();

  /**
   * `shards` is the number of data files in `directory`; `place` names the tensor in errors. Throws DATA_LOSS when a file
   * is missing or too short, or when pieces share bytes: memory for a tensor may be taken once this has returned.
   */
  static open(directory: string, shards: number, pieces: readonly Piece[], place: string): ShardFiles {
    const files = new ShardFiles();
    try {
      files.#open(directory, shards, pieces, place);
      return files;
    } catch (error) {
      files[Symbol.dispose]();
      throw error;
    }
  }

  /** The open file of a shard that one of the pieces lies in. */
  of(shard: number): OpenFile {
    const file = this.#files.get(shard);
    if (file === undefined) {
      throw internal(`data file ${shard} is not open`);
    }
    return file;
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) {
      file[Symbol.dispose]();
    }
    this.#files.clear();
  }

  #open(directory: string, shards: number, pieces: readonly Piece[], place: string): void {
    let claimed = 0;
    let available = 0;
    for (const { bytes } of pieces) {
      const path = join(directory, `variables.data-${number(bytes.shard)}-of-${number(shards)}`);
      let file = this.#files.get(bytes.shard);
      if (file === undefined) {
        file = ifThere(() => OpenFile.open(path));
        if (file === undefined) {
          throw dataLoss(`"${path}" is missing, ${place} lies in it`);
        }
        this.#files.set(bytes.shard, file);
        available += file.size;
      }
      claimed += bytes.size;
      if (bytes.offset + bytes.size > file.size) {
        throw dataLoss(`"${path}" has ${file.size} bytes, ${place} wants ${bytes.size} from byte ${bytes.offset} on`);
      }
    }
    if (claimed > available) {
      throw dataLoss(`"${directory}": the slices of ${place} have ${claimed} bytes, their files ${available}`);
    }
  }
}

function number(value: number): string {
  return String(value).padStart(5, '0');
}
