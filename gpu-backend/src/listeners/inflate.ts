import { createGunzip } from 'node:zlib';
import type { MemoryShare } from './request-memory.ts';

/** Large enough that a message of 128 MiB is not thousands of pieces, small enough for small messages. */
const CHUNK_BYTES = 64 * 1024;

/**
 * What the gzip in `bytes` holds, taken from `memory` as it appears; undefined when it is more than `maxBytes`.
 * Rejects with the share's error, or with zlib's when the bytes are no gzip.
 */
export async function inflate(
  bytes: Uint8Array,
  maxBytes: number,
  memory: MemoryShare,
): Promise<Uint8Array | undefined> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  gunzip.end(bytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of gunzip as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      return undefined;
    }
    memory.take(chunk.length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
