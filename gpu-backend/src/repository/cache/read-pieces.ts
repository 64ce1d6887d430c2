import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { StatusError } from '@tensorfleet/core';

/** Small enough that digesting one does not keep a request waiting. */
const PIECE_BYTES = 256 * 1024;

/** Pairs of buffers that nobody uses now: one for each file would be garbage that a quiet server keeps for long. */
const idleBuffers: (readonly [Buffer, Buffer])[] = [];

/**
 * The bytes of a file from `start` up to `end`, or to where the file ends: each piece is valid until the next one is
 * asked for. The next piece is read while the caller works on one. Rejects with CANCELLED and with system errors.
 */
export async function* piecesOf(
  file: FileHandle,
  { start, end }: { readonly start: number; readonly end: number },
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffers = idleBuffers.pop() ?? [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)];
  const read = async (position: number, buffer: Buffer): Promise<Uint8Array> => {
    const { bytesRead } = await file.read(buffer, 0, Math.min(PIECE_BYTES, Math.max(end - position, 0)), position);
    return buffer.subarray(0, bytesRead);
  };
  let [current, other] = buffers;
  let position = start;
  let next = read(position, current);
  try {
    for (;;) {
      const piece = await next;
      if (piece.byteLength === 0) {
        return;
      }
      if (signal?.aborted) {
        throw StatusError.from(signal.reason);
      }
      position += piece.byteLength;
      [current, other] = [other, current];
      next = read(position, current);
      next.catch(() => undefined);
      yield piece;
    }
  } finally {
    // The file may be closed and the buffers be used again from here on.
    await next.catch(() => undefined);
    idleBuffers.push(buffers);
  }
}

/** SHA-256 as lower-case hex. */
export async function sha256Of(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) {
    hash.update(piece);
  }
  return hash.digest('hex');
}
