import { createHash } from 'node:crypto';
import { Code, parseVersion, StatusError, type Version } from '@tensorfleet/core';
import { MANIFEST_NAME } from '../format/manifest.ts';
import { formatRejected, REJECTED_NAME } from '../format/rejected.ts';
import type { RepositoryIndex } from '../format/repository-index.ts';
import type { ObjectFacts, ObjectStore } from '../store/object-store.ts';
import type { NeededContent } from './completeness/model-completeness.ts';
import {
  type IGNORED,
  type Look,
  objectId,
  type PublishedManifest,
  type PublisherDecision,
  type PublisherPolicy,
  publisher,
} from './publisher.ts';
import { updateIndex } from './update-index.ts';
import { uploadedVersion } from './uploaded-version.ts';
import { type AddVersion, addVersion } from './version-edits.ts';

export interface UploadLookOptions {
  readonly store: ObjectStore;
  readonly model: string;
  /** The name of the version's directory. */
  readonly version: string;
  /**
   * As it was read last; the index is changed with a condition, so an old one only costs a look. Undefined where there is
   * none: then it is not made for one version, which would hide the others from servers, and the outcome is `ready`.
   */
  readonly index: RepositoryIndex | undefined;
  /** What the look before returned. */
  readonly previous: Look | undefined;
  readonly policy: PublisherPolicy;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called with the bytes of each piece that was read to be digested. */
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

export type UploadOutcome =
  | DecidedUpload
  /** Complete, with its manifest; `reindex` makes the index that names it. */
  | { readonly kind: 'ready'; readonly entry: AddVersion };

export type DecidedUpload =
  | { readonly kind: 'ignored'; readonly why: keyof typeof IGNORED }
  /** Hand `look` to the next look, which is due at `lookAt` or when something is uploaded. */
  | {
      readonly kind: 'waiting';
      readonly reason: string;
      /** It changes, or has just done so; otherwise something is missing. */
      readonly settling: boolean;
      readonly look: Look | undefined;
      readonly lookAt: number;
    }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'published'; readonly version: Version; readonly bytes: number };

/** More rounds of reading than any version takes: somebody changes it all the time. */
const MAX_ROUNDS = 8;

/**
 * Looks once at a version that was uploaded file by file, and does what `publisher` decides: writes its manifest and adds
 * it to the index, or writes `rejected.json`. Killed at any point, the next look goes on. Any number of these may run at
 * the same time, beside uploads and `tensorfleet publish`. Reads in bounded memory. Rejects with what the store says.
 */
export async function lookAtUpload(options: UploadLookOptions): Promise<UploadOutcome> {
  const upload = new Upload(options);
  try {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const outcome = await upload.advance();
      if (outcome !== undefined) {
        return outcome;
      }
    }
  } catch (reason) {
    if (!isChange(reason)) {
      throw reason;
    }
  }
  return upload.changing();
}

/** An object that was listed is gone, or another one: somebody writes at the same time. */
function isChange(reason: unknown): boolean {
  const { code } = StatusError.from(reason);
  return code === Code.Aborted || code === Code.NotFound;
}

class Upload {
  readonly #options: UploadLookOptions;
  readonly #prefix: string;
  readonly #contents = new Map<string, Uint8Array>();
  readonly #digests = new Map<string, string>();

  constructor(options: UploadLookOptions) {
    this.#options = options;
    this.#prefix = `${options.model}/${options.version}/`;
  }

  /** Lists, decides and acts; undefined when it has read something and is to be called again. */
  async advance(): Promise<UploadOutcome | undefined> {
    const known = this.#decide([]);
    if (known.kind === 'ignore' && known.why !== 'empty') {
      return { kind: 'ignored', why: known.why };
    }
    const objects = await this.#list();
    const decision = this.#decide(objects);
    switch (decision.kind) {
      case 'ignore':
        return { kind: 'ignored', why: decision.why };
      case 'rejected':
        return decision;
      case 'wait':
        return { ...decision, kind: 'waiting' };
      case 'need':
        await this.#read(decision.contents, decision.digests, objects);
        return undefined;
      case 'reject':
        return await this.#reject(decision);
      case 'publish':
        return await this.#publish(decision.manifest, objects);
    }
  }

  /** It looks other each time that one looks. */
  changing(): UploadOutcome {
    const { policy, now } = this.#options;
    const reason = 'its files are changing';
    return { kind: 'waiting', reason, settling: true, look: undefined, lookAt: now() + policy.settleMs };
  }

  #decide(objects: readonly ObjectFacts[]): PublisherDecision {
    const { model, version, index, previous, policy, now } = this.#options;
    const snapshot = {
      ...{ model, version, objects, previous, now: now(), indexed: index?.models.get(model) },
      ...{ contents: this.#contents, digests: this.#digests },
    };
    return publisher(snapshot, policy);
  }

  async #list(): Promise<readonly ObjectFacts[]> {
    const { store } = this.#options;
    const objects: ObjectFacts[] = [];
    for await (const page of store.list(this.#prefix, this.#signal)) {
      objects.push(...page.objects.map((object) => ({ ...object, key: object.key.slice(this.#prefix.length) })));
    }
    return objects;
  }

  get #signal(): { readonly signal?: AbortSignal } {
    const { signal } = this.#options;
    return signal === undefined ? {} : { signal };
  }

  async #read(
    contents: readonly NeededContent[],
    digests: readonly ObjectFacts[],
    objects: readonly ObjectFacts[],
  ): Promise<void> {
    const byPath = new Map(objects.map((object) => [object.key, object] as const));
    for (const { path, bytes } of contents) {
      const object = byPath.get(path);
      if (object !== undefined) {
        this.#contents.set(objectId(object), await this.#beginningOf(object, bytes));
      }
    }
    for (const object of digests) {
      this.#digests.set(objectId(object), await this.#digestOf(object));
    }
  }

  async #beginningOf(object: ObjectFacts, bytes: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#chunksOf(object, bytes)) {
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** An object that `upload` has written tells its digest itself. */
  async #digestOf(object: ObjectFacts): Promise<string> {
    const { store, onBytes, signal } = this.#options;
    const facts = await store.head(this.#prefix + object.key, signal);
    if (facts?.sha256 !== undefined && facts.etag === object.etag) {
      onBytes?.(object.bytes);
      return facts.sha256;
    }
    const hash = createHash('sha256');
    for await (const chunk of this.#chunksOf(object, object.bytes)) {
      hash.update(chunk);
      onBytes?.(chunk.byteLength);
    }
    return hash.digest('hex');
  }

  async *#chunksOf({ key, etag }: ObjectFacts, bytes: number): AsyncIterable<Uint8Array> {
    if (bytes > 0) {
      yield* this.#options.store.read(this.#prefix + key, { start: 0, end: bytes, etag, ...this.#signal });
    }
  }

  async #reject({ reason, fingerprint }: Extract<PublisherDecision, { kind: 'reject' }>): Promise<UploadOutcome> {
    const { store, now, signal } = this.#options;
    const text = formatRejected({ reason, at: now(), fingerprint });
    await store.put(this.#prefix + REJECTED_NAME, new TextEncoder().encode(text), undefined, signal);
    return { kind: 'rejected', reason };
  }

  async #publish(manifest: PublishedManifest, objects: readonly ObjectFacts[]): Promise<UploadOutcome> {
    const { store, signal } = this.#options;
    const { data, write, bytes } = manifest;
    const before = uploadedVersion(objects);
    if (before.rejected !== undefined) {
      await store.delete(this.#prefix + REJECTED_NAME, signal);
    }
    if (write !== undefined) {
      await store.put(this.#prefix + MANIFEST_NAME, data, write, signal);
    }
    const after = uploadedVersion(await this.#list());
    if (JSON.stringify([...after.files.values()]) !== JSON.stringify([...before.files.values()]) || after.claimed) {
      // The manifest tells what is no longer there. Left in place, it would be taken for one that the uploader has written.
      if (write !== undefined) {
        await store.delete(this.#prefix + MANIFEST_NAME, signal);
      }
      return this.changing();
    }
    return await this.#name(createHash('sha256').update(data).digest('hex'), bytes);
  }

  async #name(manifest: string, bytes: number): Promise<UploadOutcome> {
    const { store, model, index, now } = this.#options;
    const version = parseVersion(this.#options.version);
    if (version === undefined) {
      return { kind: 'ignored', why: 'noVersion' };
    }
    const entry = { model, version, manifest, bytes, at: Math.floor(now()) };
    if (index === undefined) {
      return { kind: 'ready', entry };
    }
    try {
      await updateIndex(store, (current) => addVersion(current, entry), this.#signal);
      return { kind: 'published', version, bytes };
    } catch (reason) {
      const why = whyNotNamed(reason);
      if (why === undefined) {
        throw reason;
      }
      return { kind: 'ignored', why };
    }
  }
}

/** Somebody else has published or retired the number meanwhile; undefined for other errors. */
function whyNotNamed(reason: unknown): 'indexed' | 'retired' | undefined {
  const { code } = StatusError.from(reason);
  return code === Code.AlreadyExists ? 'indexed' : code === Code.FailedPrecondition ? 'retired' : undefined;
}
