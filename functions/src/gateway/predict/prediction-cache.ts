import { createHash, type Hash } from 'node:crypto';
import type { AnyTensor, NamedTensors } from '@tensorfleet/core';
import { BoundedCache } from '../bounded-cache.ts';
import type { VersionInfo } from './version-info.ts';

export interface PredictionCacheOptions {
  /** Of all outputs together. */
  readonly maxBytes: number;
  readonly ttlMs: number;
}

/** A version's answers to inputs that it has seen. */
export class PredictionCache {
  readonly #outputs: BoundedCache<NamedTensors>;

  /** `now`: milliseconds for the age of answers, never going back. */
  constructor({ maxBytes, ttlMs }: PredictionCacheOptions, now: () => number) {
    this.#outputs = new BoundedCache({ maxEntries: Number.POSITIVE_INFINITY, maxBytes, ttlMs, now });
  }

  /** A digest of the version, the signature, and names, dtypes, shapes and bytes of the inputs, in any order of these. */
  keyOf({ name, version }: VersionInfo, signatureName: string, inputs: NamedTensors): string {
    const sorted = [...inputs].toSorted(([left], [right]) => (left < right ? -1 : 1));
    const head = [name, version, signatureName, sorted.map(([input, { dtype, shape }]) => [input, dtype, shape])];
    const hash = createHash('sha256');
    addBytes(hash, Buffer.from(JSON.stringify(head)));
    for (const [, input] of sorted) {
      addData(hash, input);
    }
    return hash.digest('base64');
  }

  get(key: string): NamedTensors | undefined {
    return this.#outputs.get(key);
  }

  set(key: string, outputs: NamedTensors): void {
    let bytes = 0;
    for (const [name, output] of outputs) {
      bytes += 100 + name.length * 2 + bytesOf(output);
    }
    this.#outputs.set(key, outputs, bytes);
  }
}

/** Lengths go first, so that no two lists of parts are the same bytes. */
function addBytes(hash: Hash, bytes: Uint8Array): void {
  hash.update(`${bytes.byteLength}:`);
  hash.update(bytes);
}

function addData(hash: Hash, input: AnyTensor): void {
  if (input.dtype === 'STRING') {
    for (const element of input.data) {
      addBytes(hash, element);
    }
  } else {
    const { buffer, byteOffset, byteLength } = input.data;
    addBytes(hash, new Uint8Array(buffer, byteOffset, byteLength));
  }
}

function bytesOf(output: AnyTensor): number {
  return output.dtype === 'STRING'
    ? output.data.reduce((sum, element) => sum + 100 + element.byteLength, 0)
    : output.data.byteLength;
}
