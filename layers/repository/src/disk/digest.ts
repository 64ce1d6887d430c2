import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { stampOf } from './version-files.ts';

const CHUNK_BYTES = 64 * 1024;

/** Buffers of digests that are done: one for each file would be garbage that a quiet server keeps for long. */
const idleBuffers: Buffer[] = [];

export interface DigestOptions {
  /** Called with the bytes of each chunk. */
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * SHA-256 of a file as lower-case hex, read in small chunks so that the event loop keeps turning. Rejects with system
 * errors, or with the signal's reason.
 */
export async function sha256OfFile(path: string, { onBytes, signal }: DigestOptions = {}): Promise<string> {
  const hash = createHash('sha256');
  const buffer = idleBuffers.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  try {
    await using file = await open(path);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) {
        return hash.digest('hex');
      }
      hash.update(buffer.subarray(0, bytesRead));
      onBytes?.(bytesRead);
    }
  } finally {
    idleBuffers.push(buffer);
  }
}

/**
 * Two writes within this time may leave the same modification time, so a wrong digest of a younger file
 * is not the last word about it.
 */
const SAME_TIME_MS = 2_000;

/** Remembers the digests of one version's files, so that a scan hashes only files that are new or changed. */
export class DigestMemory {
  readonly #known = new Map<string, { readonly stamp: string; readonly sha256: string }>();

  /** Whether the file at `path`, which has just had these `stats`, has this digest. Rejects with system errors. */
  async matches(path: string, stats: Stats, sha256: string): Promise<boolean> {
    const stamp = stampOf(stats);
    const known = this.#known.get(path);
    if (known?.stamp === stamp) {
      return known.sha256 === sha256;
    }
    const ageMs = Date.now() - stats.mtimeMs;
    const found = await sha256OfFile(path);
    const unchanged = stampOf(await stat(path)) === stamp;
    if (unchanged && (found === sha256 || Math.abs(ageMs) > SAME_TIME_MS)) {
      this.#known.set(path, { stamp, sha256: found });
    }
    return unchanged && found === sha256;
  }
}
