import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  cancelled,
  diskError,
  failedPrecondition,
  isSystemError,
  StatusError,
  type Version,
  version,
} from '@tensorfleet/core';
import { formatManifest, MANIFEST_NAME, type Manifest, type ManifestFile } from '../format/manifest.ts';
import { checkModelName } from '../format/model-name.ts';
import { copyFile } from './copy-file.ts';
import { type ManifestFields, type PublishSource, readPublishSource } from './publish-source.ts';
import { discardStaging, stagingPath, sweepStaging, syncDirectory } from './staging.ts';
import { nextVersion, refuseExisting } from './version-directories.ts';

export interface PublishOptions {
  /** The directory to publish: one model, regular files, perhaps a manifest.json to start from. */
  readonly source: string;
  /** The directory that holds one directory per model; it must exist. */
  readonly root: string;
  readonly model: string;
  /** `next` is one more than the highest version that exists, or is retired. */
  readonly version: number | 'next';
  /** Numbers that are not given again. Default: none. */
  readonly retired?: readonly number[];
  /** Replaces the keys of the source's own manifest. */
  readonly manifest?: ManifestFields;
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  readonly signal?: AbortSignal;
}

export interface PublishedVersion {
  readonly model: string;
  readonly version: Version;
  /** Absolute. */
  readonly directory: string;
  readonly bytes: number;
  readonly manifest: Manifest;
}

/**
 * Publishes a version: it becomes visible at once and completely, or, when this rejects, not at all.
 * Publishers may run at the same time, also in other processes; with `next` each gets a version of its own.
 *
 * Rejects with StatusError: ALREADY_EXISTS for a version that is there, FAILED_PRECONDITION for a retired one, what `readPublishSource` throws,
 * CANCELLED after `signal`, and what the disk says (RESOURCE_EXHAUSTED when it is full).
 */
export async function publishVersion(options: PublishOptions): Promise<PublishedVersion> {
  const { model, signal } = options;
  checkModelName(model);
  const wanted = options.version === 'next' ? 'next' : version(options.version);
  const source = await readPublishSource(options.source, options.manifest);
  const directory = join(resolve(options.root), model);
  const staging = stagingPath(directory);
  try {
    await makeModelDirectory(resolve(options.root), directory);
    if (wanted !== 'next') {
      refuseRetired(model, wanted, options.retired);
      await refuseExisting(model, directory, wanted);
    }
    await sweepStaging(directory);
    await mkdir(staging);
    const manifest = await fillStaging(staging, source, options);
    signal?.throwIfAborted();
    const placed = await moveIntoPlace(staging, directory, model, wanted, options.retired);
    return { model, version: placed, directory: join(directory, String(placed)), bytes: source.bytes, manifest };
  } catch (reason) {
    await discardStaging(staging);
    throw signal?.aborted ? sayCancelled(model, signal.reason) : diskError(reason, directory);
  }
}

function sayCancelled(model: string, reason: unknown): StatusError {
  return StatusError.is(reason) ? reason : cancelled(`publishing model "${model}" was cancelled`, { model }, reason);
}

function above(number: number): number {
  return number + 1;
}

function refuseRetired(model: string, wanted: Version, retired: readonly number[] = []): void {
  if (retired.includes(wanted)) {
    const reason = `version ${wanted} of model "${model}" is retired, its number is not given again`;
    throw failedPrecondition(reason, { model, version: String(wanted) });
  }
}

/** Creates the model's directory only: a mistyped root must not become a repository. */
async function makeModelDirectory(root: string, directory: string): Promise<void> {
  if (!(await stat(root)).isDirectory()) {
    throw failedPrecondition(`"${root}" is not a directory`, { path: root });
  }
  try {
    await mkdir(directory);
    await syncDirectory(root);
  } catch (reason) {
    if (!isSystemError(reason, 'EEXIST')) {
      throw reason;
    }
  }
}

/** Copies the files and writes the manifest last; everything is durable afterwards. */
async function fillStaging(staging: string, source: PublishSource, options: PublishOptions): Promise<Manifest> {
  const { onProgress, signal } = options;
  const files: ManifestFile[] = [];
  let done = 0;
  for (const { path, bytes } of source.files) {
    const from = join(source.directory, path);
    const to = join(staging, path);
    const start = done;
    const onBytes = (count: number): void => {
      done += count;
      onProgress?.(done, source.bytes);
    };
    await mkdir(dirname(to), { recursive: true });
    const sha256 = await copyFile(from, to, { onBytes, signal });
    if (done - start !== bytes) {
      throw failedPrecondition(`"${from}" was changed while it was published`, { path: from });
    }
    files.push({ path, bytes, sha256 });
  }
  const manifest: Manifest = { ...source.manifest, files };
  await writeFile(join(staging, MANIFEST_NAME), formatManifest(manifest), { flag: 'wx', flush: true });
  for (const directory of directoriesOf(files)) {
    await syncDirectory(join(staging, directory));
  }
  return manifest;
}

/** Every directory above a file, relative: `.` and, for `a/b/c`, `a` and `a/b`. */
function directoriesOf(files: readonly ManifestFile[]): ReadonlySet<string> {
  const directories = new Set(['.']);
  for (const file of files) {
    for (let directory = dirname(file.path); !directories.has(directory); directory = dirname(directory)) {
      directories.add(directory);
    }
  }
  return directories;
}

/**
 * Renames the staging directory; renaming onto a directory that holds something fails, so of two publishers of one
 * number the second sees it and, with `next`, takes the number after it.
 */
async function moveIntoPlace(
  staging: string,
  directory: string,
  model: string,
  wanted: Version | 'next',
  retired: readonly number[] = [],
): Promise<Version> {
  for (;;) {
    const number = wanted === 'next' ? version(Math.max(await nextVersion(directory), ...retired.map(above))) : wanted;
    if (wanted !== 'next') {
      await refuseExisting(model, directory, wanted);
    }
    try {
      await rename(staging, join(directory, String(number)));
    } catch (reason) {
      if (!isSystemError(reason, 'EEXIST', 'ENOTEMPTY', 'ENOTDIR')) {
        throw reason;
      }
      continue;
    }
    // The version is visible: that its name might not outlive a power cut is no reason to say that it failed.
    await syncDirectory(directory).catch(() => undefined);
    return number;
  }
}
