import { createGunzip, createInflate } from 'node:zlib';
import type { MemoryShare } from './request-memory.ts';

/** Large enough that a message of 128 MiB is not thousands of pieces, small enough for small messages. */
const CHUNK_BYTES = 64 * 1024;

/** Deflate is zlib's format (RFC 1950), as HTTP and gRPC mean it. */
const INFLATERS = { gzip: createGunzip, deflate: createInflate } as const;

export type Compression = keyof typeof INFLATERS;

/**
 * What the compressed `bytes` hold, taken from `memory` as it appears; undefined when it is more than `maxBytes`.
 * Rejects with the share's error, or with zlib's when the bytes are not so compressed.
 */
export async function inflate(
  compression: Compression,
  bytes: Uint8Array,
  maxBytes: number,
  memory: MemoryShare,
): Promise<Uint8Array | undefined> {
  const inflater = INFLATERS[compression]({ chunkSize: CHUNK_BYTES });
  inflater.end(bytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of inflater as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      return undefined;
    }
    memory.take(chunk.length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
