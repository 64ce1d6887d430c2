import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, failedPrecondition } from '@tensorfleet/core';
import { checkManifest, MANIFEST_NAME, type Manifest } from '../format/manifest.ts';
import { formatModelFiles, modelFilesAmong } from '../format/model-files.ts';
import { REJECTED_NAME } from '../format/rejected.ts';
import { isReportName } from '../format/report-names.ts';
import { readManifest } from './read-manifest.ts';
import { listVersionFiles, type VersionFile } from './version-files.ts';

/** What a publisher may say about a version; the files are looked at for it. */
export type ManifestFields = Omit<Manifest, 'format' | 'files'>;

/** A directory that can be published. */
export interface PublishSource {
  readonly directory: string;
  /** Everything that is copied: neither the manifest, nor a gate's reports, nor hidden names. */
  readonly files: readonly VersionFile[];
  readonly bytes: number;
  /** The manifest of the version but for its files. */
  readonly manifest: Omit<Manifest, 'files'>;
}

/**
 * Checks a directory before anything is copied. Its own manifest.json is the base that `fields` replace key by key.
 * Throws StatusError: NOT_FOUND for a missing directory, FAILED_PRECONDITION unless it holds exactly one model, perhaps
 * as SavedModel and TFLite file both, and regular files only, INVALID_ARGUMENT and DATA_LOSS for a wrong manifest.
 */
export async function readPublishSource(path: string, fields: ManifestFields = {}): Promise<PublishSource> {
  const directory = await realpath(path).catch((reason: unknown) => {
    throw diskError(reason, path);
  });
  const files = (await listVersionFiles(directory)).filter(
    ({ path: name }) => name !== MANIFEST_NAME && name !== REJECTED_NAME && !isReportName(name),
  );
  checkModelFile(directory, files);
  const base = (await readManifest(directory)) ?? { format: 1 };
  // The digests come with the copy; with any digest the rest can be checked before it.
  const listed = files.map(({ path, bytes }) => ({ path, bytes, sha256: UNKNOWN_SHA256 }));
  const { files: _, ...manifest } = checkManifest(
    { ...base, ...fields, files: listed },
    join(directory, MANIFEST_NAME),
  );
  return { directory, files, bytes: files.reduce((sum, file) => sum + file.bytes, 0), manifest };
}

const UNKNOWN_SHA256 = '0'.repeat(64);

function checkModelFile(directory: string, files: readonly VersionFile[]): void {
  const names = modelFilesAmong(files.map((file) => file.path));
  if (names.length === 0) {
    throw failedPrecondition(`"${directory}" holds no model (${formatModelFiles()})`, { path: directory });
  }
  if (names.length > 1 && !isChoice(names)) {
    throw failedPrecondition(`"${directory}" holds several models, ${names.join(' and ')}, a version is one`, {
      path: directory,
    });
  }
  const empty = files.find((file) => names.includes(file.path) && file.bytes === 0);
  if (empty !== undefined) {
    throw failedPrecondition(`"${join(directory, empty.path)}" is empty`, { path: directory });
  }
}

/** One model in two forms, between which a server's `--prefer_tflite_model` decides. */
function isChoice(names: readonly string[]): boolean {
  return names.toSorted().join() === 'model.tflite,saved_model.pb';
}
