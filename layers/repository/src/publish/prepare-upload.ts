import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { diskError, failedPrecondition, resourceExhausted } from '@tensorfleet/core';
import { sha256OfFile } from '../disk/digest.ts';
import { type ManifestFields, type PublishSource, readPublishSource } from '../disk/publish-source.ts';
import { listVersionFiles } from '../disk/version-files.ts';
import {
  formatManifest,
  MANIFEST_NAME,
  MAX_MANIFEST_BYTES,
  type Manifest,
  type ManifestFile,
} from '../format/manifest.ts';

/** A directory with everything that its version will hold. */
export interface PreparedUpload {
  readonly source: PublishSource;
  readonly manifest: Manifest;
  readonly files: readonly ManifestFile[];
  /** The text of its manifest.json, which is the same whenever the same files are prepared with the same fields. */
  readonly text: string;
  /** SHA-256 of `text`, lower-case hex. */
  readonly digest: string;
}

export interface PrepareOptions {
  /** Bytes that were digested, of all. */
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Checks and digests a directory. Rejects like `readPublishSource`, with FAILED_PRECONDITION when it is changed meanwhile, RESOURCE_EXHAUSTED for a manifest that nobody
 * would read, and what the disk says.
 */
export async function prepareUpload(
  directory: string,
  fields: ManifestFields | undefined,
  { onProgress, signal }: PrepareOptions,
): Promise<PreparedUpload> {
  const source = await readPublishSource(directory, fields);
  let done = 0;
  const onBytes = (bytes: number): void => {
    done += bytes;
    onProgress?.(done, source.bytes);
  };
  const files: ManifestFile[] = [];
  for (const { path, bytes } of source.files) {
    const place = join(source.directory, path);
    const sha256 = await sha256OfFile(place, { onBytes, ...(signal && { signal }) }).catch((reason: unknown) => {
      throw diskError(reason, place);
    });
    files.push({ path, bytes, sha256 });
  }
  await refuseChanged(source);
  const manifest: Manifest = { ...source.manifest, files };
  const text = formatManifest(manifest);
  if (Buffer.byteLength(text) > MAX_MANIFEST_BYTES) {
    const size = `${Buffer.byteLength(text)} bytes, at most ${MAX_MANIFEST_BYTES} are read`;
    throw resourceExhausted(`the ${MANIFEST_NAME} of "${source.directory}" has ${size}`);
  }
  return { source, manifest, files, text, digest: createHash('sha256').update(text).digest('hex') };
}

/** What is digested while somebody writes it may be half the old model and half the new one. */
async function refuseChanged({ directory, files }: PublishSource): Promise<void> {
  const before = new Map(files.map(({ path, stamp }) => [path, stamp]));
  const after = new Map((await listVersionFiles(directory)).map(({ path, stamp }) => [path, stamp]));
  after.delete(MANIFEST_NAME);
  const changed = [...new Set([...before.keys(), ...after.keys()])].find(
    (path) => before.get(path) !== after.get(path),
  );
  if (changed !== undefined) {
    const place = join(directory, changed);
    throw failedPrecondition(`"${place}" was changed while it was published`, { path: place });
  }
}
