import { parseVersion, StatusError } from '@tensorfleet/core';
import { MANIFEST_NAME, MAX_MANIFEST_BYTES, type Manifest, parseManifest } from '../format/manifest.ts';
import { isModelName } from '../format/model-name.ts';
import { MAX_REJECTED_BYTES, parseRejected, REJECTED_NAME } from '../format/rejected.ts';
import type { IndexedModel } from '../format/repository-index.ts';
import type { ObjectFacts, WriteCondition } from '../store/object-store.ts';
import { modelCompleteness, type NeededContent } from './completeness/model-completeness.ts';
import { type UploadedVersion, uploadedVersion } from './uploaded-version.ts';

/** What a look at a version has seen; handed to the next one, in memory or in a message. */
export interface Look {
  readonly fingerprint: string;
  /** When this was seen first; milliseconds since the epoch. */
  readonly since: number;
}

/** Everything that `publisher` decides by. */
export interface PublisherSnapshot {
  readonly model: string;
  /** The name of the version's directory. */
  readonly version: string;
  /** Everything below the version, hidden names too; keys relative to it. */
  readonly objects: readonly ObjectFacts[];
  /** What the look before has seen; undefined for the first. */
  readonly previous: Look | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the index says of the model; undefined when it says nothing. */
  readonly indexed: IndexedModel | undefined;
  /** What was asked for, by `objectId`: of an object that has changed since, it is no longer known. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** SHA-256 of whole objects, lower-case hex, by `objectId`. */
  readonly digests: ReadonlyMap<string, string>;
}

/** One state of one object. */
export function objectId({ key, etag }: Pick<ObjectFacts, 'key' | 'etag'>): string {
  return JSON.stringify([key, etag]);
}

export interface PublisherPolicy {
  /** Two looks that agree are at least so far apart. */
  readonly settleMs: number;
  /** What is incomplete and does not change for so long is rejected. */
  readonly giveUpMs: number;
}

export const IGNORED = {
  noVersion: 'it is no version: those are whole numbers without leading zeros, below a model',
  empty: 'it is empty',
  indexed: 'it is published',
  retired: 'its number is retired',
  claimed: '"tensorfleet publish" is writing it, or was interrupted: the same command goes on with it',
} as const;

export type PublisherDecision =
  /** Nothing to do here. */
  | { readonly kind: 'ignore'; readonly why: keyof typeof IGNORED }
  /** It was rejected, and is as it was. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Not complete, or not for long enough; look again at `lookAt`, and earlier when something is uploaded. */
  | {
      readonly kind: 'wait';
      readonly reason: string;
      readonly settling: boolean;
      readonly look: Look;
      readonly lookAt: number;
    }
  /** Read these, then decide again over a listing that was made after it. */
  | { readonly kind: 'need'; readonly contents: readonly NeededContent[]; readonly digests: readonly ObjectFacts[] }
  | { readonly kind: 'reject'; readonly reason: string; readonly fingerprint: string }
  | { readonly kind: 'publish'; readonly manifest: PublishedManifest };

export interface PublishedManifest {
  /** All of manifest.json; its digest goes into the index. */
  readonly data: Uint8Array;
  /** How it is written; undefined when it is there already. */
  readonly write: WriteCondition | undefined;
  /** Of the version's files, together. */
  readonly bytes: number;
}

/**
 * Decides what becomes of a version that was uploaded file by file, by whatever tool, in any order and at any speed:
 * it is published when it is complete and two looks agree, never before. Pure: the same snapshot, the same decision.
 */
export function publisher(snapshot: PublisherSnapshot, policy: PublisherPolicy): PublisherDecision {
  const uploaded = uploadedVersion(snapshot.objects);
  const ignored = ignoredBecause(snapshot, uploaded);
  if (ignored !== undefined) {
    return { kind: 'ignore', why: ignored };
  }
  const look = lookOf(snapshot, uploaded);
  const before = rejectedBefore(snapshot, uploaded);
  if (before !== undefined) {
    return before;
  }
  const judged = judge(snapshot, uploaded);
  const { settleMs, giveUpMs } = policy;
  const agreed = snapshot.previous !== undefined && snapshot.now - look.since >= settleMs;
  if (judged.kind === 'incomplete') {
    const stalled = agreed && snapshot.now - look.since >= giveUpMs;
    const { fingerprint, since } = look;
    return stalled
      ? { kind: 'reject', reason: judged.reason, fingerprint }
      : {
          kind: 'wait',
          reason: judged.reason,
          settling: !agreed,
          look,
          lookAt: since + (agreed ? giveUpMs : settleMs),
        };
  }
  if (!agreed) {
    const reason = 'its files have just changed';
    return { kind: 'wait', reason, settling: true, look, lookAt: look.since + settleMs };
  }
  return judged.kind === 'wrong' ? { kind: 'reject', reason: judged.reason, fingerprint: look.fingerprint } : judged;
}

function ignoredBecause(
  { model, version: name, indexed }: PublisherSnapshot,
  { files, manifest, claimed }: UploadedVersion,
): keyof typeof IGNORED | undefined {
  const version = parseVersion(name);
  if (version === undefined || String(version) !== name || !isModelName(model)) {
    return 'noVersion';
  }
  if (indexed?.retired.includes(version)) {
    return 'retired';
  }
  if (indexed?.versions.has(version)) {
    return 'indexed';
  }
  if (claimed) {
    return 'claimed';
  }
  return files.size === 0 && manifest === undefined ? 'empty' : undefined;
}

/** A clock that went back makes the look a new one. */
function lookOf({ previous, now }: PublisherSnapshot, { fingerprint }: UploadedVersion): Look {
  const same = previous?.fingerprint === fingerprint && previous.since <= now;
  return { fingerprint, since: same ? previous.since : now };
}

function rejectedBefore(
  { contents }: PublisherSnapshot,
  { rejected, fingerprint }: UploadedVersion,
): PublisherDecision | undefined {
  if (rejected === undefined || rejected.bytes > MAX_REJECTED_BYTES) {
    return undefined;
  }
  const text = contents.get(objectId(rejected));
  if (text === undefined) {
    return { kind: 'need', contents: [{ path: REJECTED_NAME, bytes: rejected.bytes }], digests: [] };
  }
  const before = parseRejected(new TextDecoder().decode(text));
  return before?.fingerprint === fingerprint ? { kind: 'rejected', reason: before.reason } : undefined;
}

type Judged =
  | { readonly kind: 'publish'; readonly manifest: PublishedManifest }
  | { readonly kind: 'need'; readonly contents: readonly NeededContent[]; readonly digests: readonly ObjectFacts[] }
  | { readonly kind: 'incomplete'; readonly reason: string }
  | { readonly kind: 'wrong'; readonly reason: string };

function judge({ objects, contents, digests }: PublisherSnapshot, uploaded: UploadedVersion): Judged {
  const { problem, manifest } = uploaded;
  if (problem !== undefined) {
    return { kind: 'wrong', reason: problem };
  }
  const own = readOwnManifest(manifest, contents);
  if (own.kind !== 'manifest') {
    return own;
  }
  const files = filesOf(own.value, uploaded);
  if ('reason' in files) {
    return files;
  }
  const known = new Map(
    objects.flatMap((object) => {
      const data = contents.get(objectId(object));
      return data === undefined ? [] : [[object.key, data] as const];
    }),
  );
  const sizes = new Map(files.map(({ key, bytes }) => [key, bytes] as const));
  const completeness = modelCompleteness({ files: sizes, contents: known });
  switch (completeness.kind) {
    case 'need':
      return { ...completeness, digests: [] };
    case 'complete':
      return withDigests(own.value, own.data, files, digests, manifest);
    default:
      return completeness;
  }
}

type OwnManifest =
  | { readonly kind: 'manifest'; readonly value: Manifest; readonly data: Uint8Array | undefined }
  | Extract<Judged, { kind: 'need' | 'wrong' }>;

/** The manifest that the uploader has written; an empty one where there is none. */
function readOwnManifest(
  manifest: ObjectFacts | undefined,
  contents: ReadonlyMap<string, Uint8Array>,
): OwnManifest | Judged {
  if (manifest === undefined) {
    return { kind: 'manifest', value: { format: 1 }, data: undefined };
  }
  if (manifest.bytes > MAX_MANIFEST_BYTES) {
    return {
      kind: 'wrong',
      reason: `${MANIFEST_NAME} has ${manifest.bytes} bytes, at most ${MAX_MANIFEST_BYTES} are read`,
    };
  }
  const data = contents.get(objectId(manifest));
  if (data === undefined) {
    return { kind: 'need', contents: [{ path: MANIFEST_NAME, bytes: manifest.bytes }], digests: [] };
  }
  try {
    return { kind: 'manifest', value: parseManifest(new TextDecoder().decode(data), MANIFEST_NAME), data };
  } catch (reason) {
    return { kind: 'wrong', reason: StatusError.from(reason).message };
  }
}

/** The files of the version: those that its manifest lists, which must be there in their size, or else all. */
function filesOf(
  { files: listed = [] }: Manifest,
  { files }: UploadedVersion,
): readonly ObjectFacts[] | { readonly kind: 'incomplete'; readonly reason: string } {
  if (listed.length === 0) {
    return [...files.values()];
  }
  const found: ObjectFacts[] = [];
  for (const { path, bytes } of listed) {
    const object = files.get(path);
    if (object?.bytes !== bytes) {
      const is = object === undefined ? 'is missing' : `has ${object.bytes} bytes`;
      return { kind: 'incomplete', reason: `${path} ${is}, ${MANIFEST_NAME} lists it with ${bytes} bytes` };
    }
    found.push(object);
  }
  return found;
}

function withDigests(
  own: Manifest,
  data: Uint8Array | undefined,
  files: readonly ObjectFacts[],
  digests: ReadonlyMap<string, string>,
  manifest: ObjectFacts | undefined,
): Judged {
  const unread = files.filter((file) => !digests.has(objectId(file)));
  if (unread.length > 0) {
    return { kind: 'need', contents: [], digests: unread };
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const digested = files.map((file) => ({
    path: file.key,
    bytes: file.bytes,
    sha256: digests.get(objectId(file)) ?? '',
  }));
  if (data === undefined || (own.files?.length ?? 0) === 0) {
    const write: WriteCondition = manifest === undefined ? { ifAbsent: true } : { ifEtag: manifest.etag };
    const complete = `${JSON.stringify({ ...own, files: digested }, null, 2)}\n`;
    return { kind: 'publish', manifest: { data: new TextEncoder().encode(complete), write, bytes } };
  }
  const expected = new Map(own.files?.map(({ path, sha256 }) => [path, sha256] as const));
  const wrong = digested.find(({ path, sha256 }) => expected.get(path) !== sha256);
  if (wrong !== undefined) {
    const reason = `${wrong.path} has the SHA-256 digest ${wrong.sha256}, ${MANIFEST_NAME} lists ${expected.get(wrong.path)}`;
    return { kind: 'wrong', reason };
  }
  return { kind: 'publish', manifest: { data, write: undefined, bytes } };
}
