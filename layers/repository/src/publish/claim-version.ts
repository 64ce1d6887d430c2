import {
  alreadyExists,
  Code,
  failedPrecondition,
  StatusError,
  unavailable,
  type Version,
  version,
} from '@tensorfleet/core';
import { CLAIM_NAME, type Claim, formatClaim } from '../format/claim.ts';
import { MANIFEST_NAME } from '../format/manifest.ts';
import type { ObjectStore, WriteCondition } from '../store/object-store.ts';
import { highestOf, type KnownNumbers, knownNumbers, readIndex } from './known-numbers.ts';
import type { PreparedUpload } from './prepare-upload.ts';
import { claimAt, manifestTextAt, objectsAt, type VersionPlace, versionPlace } from './version-place.ts';

export interface ClaimOptions {
  readonly store: ObjectStore;
  readonly model: string;
  readonly wanted: Version | 'next';
  readonly upload: PreparedUpload;
  /** Milliseconds since the epoch, for the claim. */
  readonly at: number;
  readonly signal?: AbortSignal;
}

export interface ClaimedVersion {
  readonly version: Version;
  /**
   * `indexed`: the index names it with the same manifest already. `claimed`: it is this publisher's own now.
   * `resumed`: somebody, perhaps an earlier run, has begun to publish the same files under it.
   */
  readonly kind: 'indexed' | 'claimed' | 'resumed';
}

/** Publishers that are always overtaken give up after so many numbers. */
const MAX_TRIES = 50;

/** Directories without an entry in the index that are searched for the claim of an earlier run, newest first. */
const MAX_RESUMABLE = 20;

/**
 * Makes a version's number this publisher's: nobody with other files uses it from then on, and nobody takes what is in
 * its directory for a plain upload. The claim holds the text of the manifest to come, and whoever would write the same
 * text may take it over at any time: all of them write the same bytes. One with another text is never taken over.
 *
 * With `next` the number is that of an earlier run with the same files, or one more than the highest that anybody uses.
 * Rejects with ALREADY_EXISTS for a number that is used for something else, FAILED_PRECONDITION for a retired one,
 * and like `knownNumbers`.
 */
export async function claimVersion(options: ClaimOptions): Promise<ClaimedVersion> {
  const { store, model, wanted, signal } = options;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const known = await knownNumbers(store, model, signal);
    const number = wanted === 'next' ? await nextNumber(known, options) : wanted;
    try {
      return { version: number, kind: await take(number, known, options) };
    } catch (reason) {
      const overtaken = StatusError.from(reason).code === Code.Aborted;
      if (!overtaken && !(wanted === 'next' && isTaken(reason))) {
        throw reason;
      }
    }
  }
  throw unavailable(`others were faster to take a version of model "${model}" ${MAX_TRIES} times in a row`, { model });
}

function isTaken(reason: unknown): boolean {
  const { code } = StatusError.from(reason);
  return code === Code.AlreadyExists || code === Code.FailedPrecondition;
}

async function nextNumber(known: KnownNumbers, { store, model, upload, signal }: ClaimOptions): Promise<Version> {
  const { indexed, directories } = known;
  const unlisted = [...directories.keys()].filter((n) => !indexed?.versions.has(n) && !indexed?.retired.includes(n));
  for (const number of unlisted.toSorted((a, b) => b - a).slice(0, MAX_RESUMABLE)) {
    const claim = await claimAt(store, versionPlace(store, model, number), signal).catch(ignoreWrong);
    if (claim?.manifest === upload.text && claim.state !== 'withdrawn') {
      return number;
    }
  }
  return version(highestOf(known) + 1);
}

/** A claim that cannot be read is somebody else's; a store that cannot be reached is an error. */
function ignoreWrong(reason: unknown): undefined {
  const { code } = StatusError.from(reason);
  if (code !== Code.DataLoss && code !== Code.InvalidArgument && code !== Code.ResourceExhausted) {
    throw reason;
  }
}

async function take(
  number: Version,
  { indexed, directories }: KnownNumbers,
  options: ClaimOptions,
): Promise<ClaimedVersion['kind']> {
  const { store, model, upload } = options;
  const place = versionPlace(store, model, number);
  const known = indexed?.versions.get(number);
  if (known?.manifest === upload.digest) {
    return 'indexed';
  }
  const alias = directories.get(number)?.find((name) => name !== String(number));
  if (known !== undefined || alias !== undefined) {
    throw taken(place, known === undefined ? `as "${alias}"` : 'with other content', number, model);
  }
  refuseRetired(indexed?.retired ?? [], number, model);
  const found = await equalClaim(place, number, options);
  if (found === 'kept') {
    return 'resumed';
  }
  const etag = found?.etag ?? (await putClaim(place, 'begun', { ifAbsent: true }, options));
  await keepClaim(place, number, etag, options);
  return found === undefined ? 'claimed' : 'resumed';
}

async function putClaim(
  { prefix }: VersionPlace,
  state: Claim['state'],
  condition: WriteCondition,
  { store, upload, at, signal }: ClaimOptions,
): Promise<string> {
  const text = formatClaim({ manifest: upload.text, startedAt: at, state });
  return await store.put(prefix + CLAIM_NAME, new TextEncoder().encode(text), condition, signal);
}

/**
 * The claim of an equal publisher, perhaps an earlier run; `kept` if its work can be gone on with as it is. Undefined for
 * an empty place. Throws ALREADY_EXISTS when it is used otherwise.
 */
async function equalClaim(
  place: VersionPlace,
  number: Version,
  options: ClaimOptions,
): Promise<'kept' | { readonly etag: string } | undefined> {
  const { store, model, upload, signal } = options;
  // In this order: a manifest that is there before an equal claim begins is seen.
  const claim = await claimAt(store, place, signal);
  const objects = await objectsAt(store, place, signal);
  if (objects.has(MANIFEST_NAME)) {
    if ((await manifestTextAt(store, place, signal)) === upload.text) {
      return 'kept';
    }
    throw taken(place, 'with other content', number, model);
  }
  if (claim !== undefined && claim.manifest !== upload.text) {
    const since = new Date(claim.startedAt).toISOString();
    const state = `with other content, whose upload began at ${since} and is not finished`;
    throw taken(place, state, number, model);
  }
  if (claim?.state === 'withdrawn') {
    // Whoever withdrew it was killed before this; the plain upload would stay hidden.
    await store.delete(place.prefix + CLAIM_NAME, signal);
  }
  if (claim === undefined ? objects.size > 0 : claim.state === 'withdrawn') {
    throw taken(place, 'as a plain upload', number, model);
  }
  return claim?.state === 'kept' ? 'kept' : claim;
}

/**
 * Looks once more, now that the claim is there: whoever used the place between the first look and the claim has it, and
 * the claim, under which nothing was uploaded, is withdrawn. Rejects with ABORTED when an equal publisher was faster.
 */
async function keepClaim(place: VersionPlace, number: Version, etag: string, options: ClaimOptions): Promise<void> {
  const { store, model, signal } = options;
  try {
    const indexed = (await readIndex(store, signal))?.models.get(model);
    refuseRetired(indexed?.retired ?? [], number, model);
    const foreign = await foreignAt(place, options);
    if (foreign !== undefined) {
      throw taken(place, `and holds ${foreign}`, number, model);
    }
  } catch (reason) {
    if (isTaken(reason)) {
      await putClaim(place, 'withdrawn', { ifEtag: etag }, options);
      await store.delete(place.prefix + CLAIM_NAME, signal);
    }
    throw reason;
  }
  await putClaim(place, 'kept', { ifEtag: etag }, options);
}

/** The first object that neither this publisher nor an equal one writes. */
async function foreignAt(place: VersionPlace, { store, upload, signal }: ClaimOptions): Promise<string | undefined> {
  const digests = new Map(upload.files.map(({ path, sha256 }) => [path, sha256] as const));
  for (const path of (await objectsAt(store, place, signal)).keys()) {
    const isOwn =
      path === CLAIM_NAME ||
      (path === MANIFEST_NAME
        ? (await manifestTextAt(store, place, signal)) === upload.text
        : digests.has(path) && (await store.head(place.prefix + path, signal))?.sha256 === digests.get(path));
    if (!isOwn) {
      return path;
    }
  }
  return undefined;
}

function refuseRetired(retired: readonly Version[], number: Version, model: string): void {
  if (retired.includes(number)) {
    const reason = `version ${number} of model "${model}" is retired, its number is not given again`;
    throw failedPrecondition(reason, { model, version: String(number) });
  }
}

function taken({ url }: VersionPlace, how: string, number: Version, model: string): StatusError {
  const details = { model, version: String(number) };
  return alreadyExists(`model "${model}" has version ${number} already, ${how}: "${url}" is used`, details);
}
