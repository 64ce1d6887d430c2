import { dirname, join } from 'node:path';
import { unavailable } from '@tensorfleet/core';
import type { FetchRequest } from '../version-fetcher.ts';
import { FetchProgress, megabytes } from './fetch-progress.ts';
import { inParallel } from './in-parallel.ts';
import { contentId, type WantedObject } from './object-facts.ts';
import type { OpenCache } from './open-cache.ts';
import type { WantedFile } from './wanted-files.ts';

/** Blobs that are looked at, and digested if need be, at a time. */
const LOOKS = 4;

/** A blob that disappears or is damaged so often right after it has arrived is a matter for people. */
const MAX_TRIES = 3;

export interface Filling {
  readonly request: FetchRequest;
  readonly directory: string;
  readonly wanted: readonly WantedFile[];
}

export interface Filled {
  /** Of the files' contents. */
  readonly digests: readonly string[];
  readonly receivedBytes: number;
}

/** Makes the directory of a version with all its files. Rejects as VersionFetcher.fetch, and with system errors. */
export async function fillVersion(cache: OpenCache, filling: Filling, signal: AbortSignal): Promise<Filled> {
  const { directory, wanted } = filling;
  const { files } = cache.options;
  const folders = wanted.flatMap(({ paths }) => paths.map((path) => dirname(join(directory, path))));
  for (const folder of new Set([directory, ...folders])) {
    await files.mkdir(folder, { recursive: true });
  }
  const digests = new Set<string>();
  const missing: WantedFile[] = [];
  await inParallel(wanted, LOOKS, signal, async (file, own) => {
    const sha256 = await linkKnown(cache, file, directory, own);
    if (sha256 === undefined) {
      missing.push(file);
    } else {
      digests.add(sha256);
    }
  });
  if (missing.length === 0) {
    return { digests: [...digests], receivedBytes: 0 };
  }
  const { fetched, receivedBytes } = await fetchMissing(cache, filling, missing, signal);
  return { digests: [...digests, ...fetched], receivedBytes };
}

async function fetchMissing(
  cache: OpenCache,
  { request: { model, version }, directory }: Filling,
  missing: readonly WantedFile[],
  signal: AbortSignal,
): Promise<{ readonly fetched: ReadonlySet<string>; readonly receivedBytes: number }> {
  const { clock, log, maxConnections } = cache.options;
  const what = `version ${version} of model "${model}"`;
  const wantedBytes = missing.reduce((sum, { wanted }) => sum + wanted.bytes, 0);
  const resumableBytes = await bytesOfParts(cache, missing);
  using progress = new FetchProgress({ clock, log, what, wantedBytes, resumableBytes });
  using _ = await cache.space.reserve(() => progress.left, what);
  const fetched = new Set<string>();
  await inParallel(missing, maxConnections, signal, async (file, own) => {
    fetched.add(await fetchAndLink(cache, file, directory, progress, own));
  });
  const { received, elapsedMs } = progress;
  const seconds = (elapsedMs / 1_000).toFixed(1);
  log.info(
    { model, version, bytes: wantedBytes, receivedBytes: received, durationMs: Math.round(elapsedMs) },
    `fetched ${what}: ${megabytes(wantedBytes)} MB were missing, ${megabytes(received)} MB came in ${seconds} s`,
  );
  return { fetched, receivedBytes: received };
}

async function fetchAndLink(
  cache: OpenCache,
  file: WantedFile,
  directory: string,
  progress: FetchProgress,
  signal: AbortSignal,
): Promise<string> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    await cache.downloads.get(file.wanted, signal, (count, isOwn) => progress.join(count, isOwn));
    const sha256 = await linkKnown(cache, file, directory, signal);
    if (sha256 !== undefined) {
      return sha256;
    }
  }
  throw unavailable(`"${file.wanted.key}" disappeared from the cache ${MAX_TRIES} times right after it was fetched`);
}

/** Links the file to its blob and resolves with the digest; undefined, and nothing linked, when there is no such blob. */
async function linkKnown(
  { blobs, notes, options: { files } }: OpenCache,
  { wanted, paths }: WantedFile,
  directory: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const sha256 = wanted.sha256 ?? (await notes.read(contentId(wanted)));
  if (sha256 === undefined) {
    return undefined;
  }
  const linked: string[] = [];
  for (const path of paths) {
    const target = join(directory, path);
    if (!(await blobs.link(sha256, wanted.bytes, target, signal))) {
      await Promise.all(linked.map(async (each) => await files.unlink(each)));
      return undefined;
    }
    linked.push(target);
  }
  return sha256;
}

async function bytesOfParts(
  { claims }: OpenCache,
  missing: readonly { readonly wanted: WantedObject }[],
): Promise<number> {
  const parts = new Set(await claims.all());
  let sum = 0;
  for (const { wanted } of missing) {
    const id = contentId(wanted);
    sum += parts.has(id) ? Math.min((await claims.sizeOf(id)).bytes, wanted.bytes) : 0;
  }
  return sum;
}
