import { join } from 'node:path';
import { Code, dataLoss, failedPrecondition, StatusError } from '@tensorfleet/core';
import { MANIFEST_NAME, type ManifestFile } from '../format/manifest.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { inParallel } from './in-parallel.ts';
import type { PreparedUpload } from './prepare-upload.ts';
import { claimAt, manifestTextAt, type VersionPlace } from './version-place.ts';

/** Files that travel at the same time; a store may send the parts of a large one in parallel itself. */
const PARALLEL_FILES = 8;

export interface UploadFilesOptions {
  readonly store: ObjectStore;
  readonly place: VersionPlace;
  readonly upload: PreparedUpload;
  /** Bytes that are stored, of all; what was there already counts. */
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Stores the files of a claimed version, checks that all of them are there, and writes its manifest.json: then the version
 * is complete. What is there already is not sent again.
 *
 * Rejects with FAILED_PRECONDITION when the source has changed or the version was retired meanwhile, DATA_LOSS when somebody else writes into the
 * version, ALREADY_EXISTS when it has another manifest, and what the store says.
 */
export async function uploadFiles(options: UploadFilesOptions): Promise<void> {
  const { store, place, upload, onProgress, signal } = options;
  let done = 0;
  const onBytes = (bytes: number): void => {
    done += bytes;
    onProgress?.(done, upload.source.bytes);
  };
  const send = async ({ path, bytes, sha256 }: ManifestFile, signal: AbortSignal): Promise<void> => {
    const from = join(upload.source.directory, path);
    await store.upload(place.prefix + path, { path: from, bytes, sha256 }, { onBytes, signal });
  };
  await inParallel(upload.files, PARALLEL_FILES, send, signal);
  await checkClaim(options);
  await checkStored(options);
  await writeManifest(options);
}

/** Not there: an equal publisher was faster to the end. Another one: the version was retired. */
async function checkClaim({ store, place, upload, signal }: UploadFilesOptions): Promise<void> {
  const claim = await claimAt(store, place, signal);
  if (claim !== undefined && claim.manifest !== upload.text) {
    throw failedPrecondition(`"${place.url}" was retired while it was published`);
  }
}

async function checkStored({ store, place, upload, signal }: UploadFilesOptions): Promise<void> {
  const check = async ({ path, bytes, sha256 }: ManifestFile, signal: AbortSignal): Promise<void> => {
    const stored = await store.head(place.prefix + path, signal);
    if (stored?.bytes !== bytes || stored.sha256 !== sha256) {
      const state = stored === undefined ? 'is gone' : 'is not what was uploaded';
      throw dataLoss(`"${place.url}${path}" ${state}: somebody else writes or deletes there`, {
        path: place.url + path,
      });
    }
  };
  await inParallel(upload.files, PARALLEL_FILES, check, signal);
}

async function writeManifest({ store, place, upload, signal }: UploadFilesOptions): Promise<void> {
  try {
    await store.put(place.prefix + MANIFEST_NAME, new TextEncoder().encode(upload.text), { ifAbsent: true }, signal);
  } catch (reason) {
    if (StatusError.from(reason).code !== Code.Aborted) {
      throw reason;
    }
    if ((await manifestTextAt(store, place, signal)) !== upload.text) {
      const message = `"${place.url}${MANIFEST_NAME}" was written by somebody else, with other content`;
      throw new StatusError(Code.AlreadyExists, message, { cause: reason });
    }
  }
}
