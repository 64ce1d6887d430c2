import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bfloat16Value } from '@tensorfleet/core';
import { byteLengthOf, type Constant } from './constant.ts';
import type { Placed } from './onnx-model.ts';

/** Smaller constants stand in the .onnx file itself. */
const MIN_FILE_BYTES = 1024;

/** ONNX Runtime maps the file into memory: weights begin where a cache line does. */
const ALIGNMENT = 64;

/** Name of the file beside the .onnx files. */
export const WEIGHTS_FILE = 'weights.bin';

/**
 * The file with the weights of all graphs of a model, each weight once. Weights pass through in blocks: memory holds
 * one at a time. Blocks the thread; throws system errors.
 */
export class WeightsFile implements Disposable {
  readonly #path: string;
  readonly #placed = new Map<string, Placed>();
  #file: number | undefined;
  #offset = 0;

  constructor(directory: string) {
    this.#path = join(directory, WEIGHTS_FILE);
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#offset;
  }

  /** Where the data of `constant` is, now or since an earlier call. */
  place(constant: Constant): Placed {
    const known = this.#placed.get(constant.id);
    if (known !== undefined) {
      return known;
    }
    const placed = storedBytesOf(constant) < MIN_FILE_BYTES ? inline(constant) : this.#append(constant);
    this.#placed.set(constant.id, placed);
    return placed;
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) {
      closeSync(this.#file);
      this.#file = undefined;
    }
  }

  #append(constant: Constant): Placed {
    this.#file ??= openSync(this.#path, 'wx');
    const offset = Math.ceil(this.#offset / ALIGNMENT) * ALIGNMENT;
    let end = offset;
    for (const block of storedBlocks(constant)) {
      writeWhole(this.#file, block, end);
      end += block.length;
    }
    this.#offset = end;
    return { kind: 'file', file: WEIGHTS_FILE, offset, length: end - offset };
  }
}

function writeWhole(file: number, block: Uint8Array, position: number): void {
  for (let written = 0; written < block.length; ) {
    written += writeSync(file, block, written, block.length - written, position + written);
  }
}

function inline(constant: Constant): Placed {
  return { kind: 'inline', bytes: Buffer.concat([...storedBlocks(constant)].map((block) => block.slice())) };
}

/** BF16 is stored as FP32, twice as long. */
function storedBytesOf(constant: Constant): number {
  return byteLengthOf(constant) * (constant.dtype === 'BF16' ? 2 : 1);
}

function* storedBlocks(constant: Constant): Iterable<Uint8Array> {
  for (const block of constant.blocks()) {
    yield constant.dtype === 'BF16' ? widened(block) : block;
  }
}

function widened(block: Uint8Array): Uint8Array {
  const bits = new Uint16Array(block.slice().buffer);
  return new Uint8Array(Float32Array.from(bits, bfloat16Value).buffer);
}
