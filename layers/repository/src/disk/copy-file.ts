import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

export interface CopyOptions {
  /** Called with the bytes of each chunk. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Copies a file to a new one, durably, and digests it on the way: the digest is of what was written.
 * Rejects with system errors, or with an AbortError.
 */
export async function copyFile(from: string, to: string, options: CopyOptions): Promise<string> {
  const hash = createHash('sha256');
  const digest = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      options.onBytes(chunk.byteLength);
      yield chunk;
    }
  };
  const target = createWriteStream(to, { flags: 'wx', flush: true });
  await pipeline(createReadStream(from), digest, target, options.signal ? { signal: options.signal } : {});
  return hash.digest('hex');
}
