import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { stampOf } from './version-files.ts';

/** SHA-256 of a file as lower-case hex, read in small chunks so that the event loop keeps turning. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk);
  }
  return hash.digest('hex');
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
