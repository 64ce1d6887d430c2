import { createHash } from 'node:crypto';
import { type Clock, Code, failedPrecondition, StatusError, type Version } from '@tensorfleet/core';
import {
  CLAIM_NAME,
  clashingPath,
  isVersionPath,
  MANIFEST_NAME,
  MAX_FILES,
  type Manifest,
  type ObjectFacts,
  type ObjectStore,
  parseManifest,
  REJECTED_NAME,
} from '@tensorfleet/repository';
import { Settling } from '../settling.ts';
import type { VersionObject } from '../version-fetcher.ts';
import { checkNamedFiles, sayMissing } from './plain-version.ts';
import { describeListed, readManifestText } from './published-content.ts';
import type { VersionContent } from './version-content.ts';

/** What a listing says of a version. */
export type Verdict =
  | { readonly kind: 'content'; readonly content: VersionContent }
  /** Looks like a version; another look, later, tells whether its files are still changing. */
  | { readonly kind: 'settling' }
  | { readonly kind: 'incomplete'; readonly reason: string };

export interface VersionListingOptions {
  readonly store: ObjectStore;
  readonly version: Version;
  /** Of its keys, with a slash at its end. */
  readonly prefix: string;
  /** How long files that no manifest lists must have been the same; milliseconds. */
  readonly settleMs: number;
  readonly clock: Pick<Clock, 'now'>;
}

interface KnownManifest {
  readonly etag: string;
  readonly text: string;
  readonly sha256: string;
  readonly value: Manifest;
}

interface Looked {
  readonly files: ReadonlyMap<string, ObjectFacts>;
  readonly isPublishing: boolean;
}

/**
 * Tells from listings whether one version without an index is complete, and remembers what it saw. With a manifest that
 * lists files: when they all are there, of their sizes. Without: when two looks, `settleMs` apart, have seen the same.
 */
export class VersionListing {
  readonly #options: VersionListingOptions;
  readonly #place: string;
  #manifest: KnownManifest | undefined;
  readonly #settling: Settling;

  constructor(options: VersionListingOptions) {
    this.#options = options;
    this.#settling = new Settling(options);
    this.#place = `${options.store.url}/${options.prefix}`;
  }

  /** Changes when the last look saw something else than the one before. */
  get fingerprint(): string {
    return this.#settling.seen;
  }

  /** One listing, and the manifest when it is another one. Rejects when the store does; what is wrong with the version is in the verdict. */
  async look(): Promise<Verdict> {
    try {
      return this.#judge(await this.#list());
    } catch (reason) {
      const error = StatusError.from(reason);
      if (!VERSION_FAULTS.has(error.code)) {
        throw error;
      }
      return { kind: 'incomplete', reason: error.message };
    }
  }

  async #judge({ files, isPublishing }: Looked): Promise<Verdict> {
    const isSettled = this.#observe(files);
    const listed = files.get(MANIFEST_NAME);
    if (listed === undefined && isPublishing) {
      return { kind: 'incomplete', reason: `"${this.#place}" is being published: it has no ${MANIFEST_NAME} yet` };
    }
    const manifest = listed && (await this.#readManifest(listed));
    if (manifest !== undefined && (manifest.value.files?.length ?? 0) > 0) {
      return this.#judgeListed(manifest, files);
    }
    const missing = sayMissing(new Map(plainFiles(files).map(({ path, bytes }) => [path, bytes])));
    if (missing !== undefined) {
      return { kind: 'incomplete', reason: `"${this.#place}" is not complete: ${missing}` };
    }
    return isSettled ? { kind: 'content', content: this.#plainContent(files, manifest) } : { kind: 'settling' };
  }

  #judgeListed(manifest: KnownManifest, files: ReadonlyMap<string, ObjectFacts>): Verdict {
    const described = describeListed(this.#options.prefix, this.#place, manifest.value, manifest.text);
    for (const { path, bytes } of described.files) {
      const there = files.get(path);
      if (there?.bytes !== bytes) {
        const state = there === undefined ? 'is missing' : `has ${there.bytes} bytes`;
        return { kind: 'incomplete', reason: `"${this.#place}${path}" ${state}, its manifest says ${bytes}` };
      }
    }
    const { version } = this.#options;
    return {
      kind: 'content',
      content: { version, id: manifest.sha256, look: this.#settling.seen, describe: async () => described },
    };
  }

  #plainContent(all: ReadonlyMap<string, ObjectFacts>, manifest: KnownManifest | undefined): VersionContent {
    const { version, prefix } = this.#options;
    const files = plainFiles(all);
    const about = manifest && { manifest: manifest.value, manifestText: manifest.text };
    const sizes = new Map(files.map(({ path, bytes }) => [path, bytes]));
    const check = (directory: string): Promise<void> => checkNamedFiles(directory, this.#place, sizes);
    return {
      version,
      id: this.#settling.seen,
      look: this.#settling.seen,
      describe: async () => ({ prefix, files, ...about, check }),
    };
  }

  /** Whether these files have been the same for long enough. */
  #observe(files: ReadonlyMap<string, ObjectFacts>): boolean {
    const hash = createHash('sha256');
    for (const [path, { bytes, etag }] of files) {
      hash.update(JSON.stringify([path, bytes, etag]));
    }
    return this.#settling.look(hash.digest('hex'));
  }

  async #readManifest({ key, etag }: ObjectFacts): Promise<KnownManifest> {
    if (this.#manifest?.etag !== etag) {
      const read = await readManifestText(this.#options.store, key);
      this.#manifest = { etag, ...read, value: parseManifest(read.text, this.#place + MANIFEST_NAME) };
    }
    return this.#manifest;
  }

  /** Throws FAILED_PRECONDITION for keys that are no paths, or too many of them. */
  async #list(): Promise<Looked> {
    const { store, prefix } = this.#options;
    const files = new Map<string, ObjectFacts>();
    let isPublishing = false;
    let count = 0;
    for await (const { objects } of store.list(prefix)) {
      count += objects.length;
      if (count > MAX_FILES) {
        throw failedPrecondition(`"${this.#place}" holds more than ${MAX_FILES} objects`);
      }
      for (const object of objects) {
        const path = object.key.slice(prefix.length);
        isPublishing ||= path === CLAIM_NAME;
        if (isFile(path, object.bytes, this.#place)) {
          files.set(path, object);
        }
      }
    }
    const clash = clashingPath(files.keys());
    if (clash !== undefined) {
      throw failedPrecondition(`"${this.#place}" has "${clash}" below a file, which no disk can hold`);
    }
    return { files, isPublishing };
  }
}

/** What is wrong with a version, not with its store. */
const VERSION_FAULTS: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.FailedPrecondition,
  Code.DataLoss,
  Code.NotFound,
  Code.ResourceExhausted,
]);

/** Those of the model, where no manifest lists them. */
function plainFiles(files: ReadonlyMap<string, ObjectFacts>): readonly Required<Omit<VersionObject, 'sha256'>>[] {
  return [...files]
    .filter(([path]) => path !== MANIFEST_NAME && path !== REJECTED_NAME)
    .map(([path, { bytes, etag }]) => ({ path, bytes, etag }));
}

/** Markers of folders and hidden files are none. Throws FAILED_PRECONDITION for what is no path. */
function isFile(path: string, bytes: number, place: string): boolean {
  const isMarker = path === '' || (path.endsWith('/') && bytes === 0);
  const name = isMarker ? path.slice(0, -1) : path;
  if (name !== '' && !isVersionPath(name)) {
    throw failedPrecondition(
      `"${place}" has the key ${JSON.stringify(path.slice(0, 200))}, which is no path inside it`,
    );
  }
  return !isMarker && !name.split('/').some((part) => part.startsWith('.'));
}
