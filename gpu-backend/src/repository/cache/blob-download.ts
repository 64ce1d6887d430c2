import { crc32 } from 'node:zlib';
import { dataLoss, isSystemError, unavailable } from '@tensorfleet/core';
import type { RepositoryLog } from '../repository-log.ts';
import type { BlobStore } from './blob-store.ts';
import type { CacheFiles } from './cache-files.ts';
import type { DigestNotes } from './digest-notes.ts';
import { inParallel } from './in-parallel.ts';
import { contentId, placeOf, type WantedObject } from './object-facts.ts';
import type { PartClaims } from './part-claims.ts';
import { type ByteRange, PartFile } from './part-file.ts';
import { pause } from './pause.ts';
import { sha256Of } from './read-pieces.ts';
import { type RangeReaderOptions, readRange } from './read-range.ts';

/** How often a server looks whether another one has finished, or died. */
const LOOK_MS = 500;

/** Of one download, as it goes on. */
export interface DownloadCount {
  /** Bytes that an earlier download had left. */
  onDisk: number;
  /** Bytes that came from the store. */
  received: number;
}

export interface BlobDownloadOptions extends RangeReaderOptions {
  readonly files: CacheFiles;
  readonly claims: PartClaims;
  readonly blobs: BlobStore;
  readonly notes: DigestNotes;
  readonly log: RepositoryLog;
  /** Ranges of one object that are asked for at a time. */
  readonly maxConnections: number;
  readonly rangeBytes: number;
}

/**
 * Brings an object among the blobs, unless it is there or another server does; resolves with its SHA-256. What has
 * arrived when this fails, or is cancelled, stays for the next try. Rejects with DATA_LOSS when the object is not what
 * was asked for, twice; with what the store says, CANCELLED, and system errors.
 */
export async function downloadBlob(
  wanted: WantedObject,
  signal: AbortSignal,
  count: DownloadCount,
  options: BlobDownloadOptions,
): Promise<string> {
  const { claims, blobs, notes, clock } = options;
  const id = contentId(wanted);
  for (;;) {
    const path = await claims.claim(id);
    try {
      const sha256 = wanted.sha256 ?? (await notes.read(id));
      if (sha256 !== undefined && (await blobs.has(sha256))) {
        await (path && claims.remove(id));
        return sha256;
      }
      if (path !== undefined) {
        return await fillPart(wanted, path, signal, count, options);
      }
    } catch (reason) {
      await (path && claims.free(id).catch(() => undefined)); // then it stays this server's
      throw reason;
    }
    await pause(clock, LOOK_MS, signal);
  }
}

/** Fills the part at `path`, which is this server's, and makes it a blob. */
async function fillPart(
  wanted: WantedObject,
  path: string,
  signal: AbortSignal,
  count: DownloadCount,
  options: BlobDownloadOptions,
): Promise<string> {
  const { claims, files, log, rangeBytes } = options;
  const id = contentId(wanted);
  const part = await PartFile.open(files, path, { bytes: wanted.bytes, rangeBytes });
  try {
    for (let tries = 1; ; tries++) {
      const missing = await part.missing(signal);
      count.onDisk = wanted.bytes - missing.reduce((sum, { start, end }) => sum + end - start, 0);
      await readRanges(wanted, part, missing, signal, count, options);
      const sha256 = await sha256Of(part.pieces(signal));
      if (wanted.sha256 === undefined || wanted.sha256 === sha256) {
        await part.complete(options.blobs.nowSeconds());
        await moveToBlobs(wanted, path, sha256, options);
        return sha256;
      }
      const message = `"${placeOf(wanted)}" has the SHA-256 digest ${sha256}, the manifest lists ${wanted.sha256}`;
      if (tries === 2) {
        await claims.remove(id);
        throw dataLoss(message, { path: placeOf(wanted) });
      }
      log.warn({ path: placeOf(wanted) }, `${message}; it is fetched once more`);
      await part.empty();
    }
  } finally {
    await part.close();
  }
}

async function readRanges(
  wanted: WantedObject,
  part: PartFile,
  missing: readonly ByteRange[],
  signal: AbortSignal,
  count: DownloadCount,
  options: BlobDownloadOptions,
): Promise<void> {
  await inParallel(missing, options.maxConnections, signal, async (range, own) => {
    let crc = 0;
    const sink = async (position: number, piece: Uint8Array): Promise<void> => {
      await part.write(position, piece);
      crc = crc32(piece, crc);
      count.received += piece.byteLength;
    };
    await readRange(wanted, range, sink, own, options);
    await part.finish(range, crc);
  });
}

async function moveToBlobs(
  wanted: WantedObject,
  path: string,
  sha256: string,
  { claims, blobs, notes }: BlobDownloadOptions,
): Promise<void> {
  const id = contentId(wanted);
  try {
    if (!(await blobs.has(sha256))) {
      await blobs.add(sha256, path);
    }
  } catch (reason) {
    if (isSystemError(reason, 'ENOENT')) {
      throw unavailable(`another server has taken over the download of "${placeOf(wanted)}"`, {}, reason);
    }
    throw reason;
  }
  if (wanted.sha256 === undefined) {
    await notes.write(id, sha256);
  }
  await claims.remove(id);
}
