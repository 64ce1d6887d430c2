import { type Clock, Code, failedPrecondition, parseVersion, StatusError } from '@tensorfleet/core';
import { checkModelName, isModelName } from '../format/model-name.ts';
import { MAX_INDEX_BYTES, parseIndex } from '../format/read-index.ts';
import { INDEX_NAME, type RepositoryIndex } from '../format/repository-index.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { type DecidedUpload, lookAtUpload, type UploadOutcome } from './look-at-upload.ts';
import type { Look, PublisherPolicy } from './publisher.ts';
import { updateIndex } from './update-index.ts';
import { type AddVersion, addVersion } from './version-edits.ts';

export interface ReindexOptions {
  readonly store: ObjectStore;
  /** Default: every model. */
  readonly model?: string;
  /** Of that model; default: every version. */
  readonly version?: number;
  readonly policy: PublisherPolicy;
  /** Waits until the second look is due. */
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Goes on looking until `signal`; otherwise everything is looked at twice at most. */
  readonly watch: boolean;
  /** Told of every version that is looked at, and again when there is news of it. */
  readonly onOutcome: (upload: Upload, outcome: UploadNews) => void;
  /** Told why a look could not be made while `watch` goes on: the store cannot be reached. */
  readonly onOutage: (reason: StatusError) => void;
  readonly onBytes?: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** A version that somebody may have uploaded. */
export interface Upload {
  readonly model: string;
  /** The name of its directory. */
  readonly version: string;
}

/** `failed`: it could not be looked at; the others are. */
export type UploadNews = DecidedUpload | { readonly kind: 'failed'; readonly reason: string };

/** These are not about one version. */
const OUTAGES: ReadonlySet<Code> = new Set([Code.Unavailable, Code.Unauthenticated, Code.Cancelled]);

/**
 * Publishes what was uploaded file by file, and names in the index what a lost one has named. Versions that are retired,
 * indexed or claimed are left as they are. Resolves when nothing more can be said; with `watch`, after `signal`.
 * Rejects with what the store says, INVALID_ARGUMENT or DATA_LOSS for an index that cannot be read, FAILED_PRECONDITION
 * when there is no index yet and other models or versions than the wanted ones, which servers would lose.
 */
export async function reindex(options: ReindexOptions): Promise<void> {
  const { model, version, policy, clock, signal, watch } = options;
  if (model !== undefined) {
    checkModelName(model);
  }
  const looks = new Looks(options);
  const wanted = model === undefined || version === undefined ? undefined : [{ model, version: String(version) }];
  for (let first = true; !signal.aborted; first = false) {
    const uploads = wanted ?? (first || watch ? listUploads(options) : looks.unsettled);
    try {
      await looks.lookAt(uploads);
    } catch (reason) {
      const error = StatusError.from(reason);
      if (!watch || error.code !== Code.Unavailable) {
        throw error;
      }
      options.onOutage(error);
    }
    if (!watch && !(first && looks.unsettled.length > 0)) {
      return;
    }
    await sleep(policy.settleMs, clock, signal);
  }
}

class Looks {
  readonly #options: ReindexOptions;
  /** By model and version: what was said last, of versions that are not done. */
  readonly #waiting = new Map<
    string,
    { readonly upload: Upload; readonly look: Look | undefined; readonly settling: boolean }
  >();
  readonly #told = new Map<string, string>();
  readonly #seen = new Set<string>();

  constructor(options: ReindexOptions) {
    this.#options = options;
  }

  /** What another look may decide. */
  get unsettled(): readonly Upload[] {
    return [...this.#waiting.values()].filter(({ settling }) => settling).map(({ upload }) => upload);
  }

  async lookAt(uploads: Iterable<Upload> | AsyncIterable<Upload>): Promise<void> {
    const index = await readIndex(this.#options.store, this.#options.signal);
    const ready: AddVersion[] = [];
    for await (const upload of uploads) {
      const key = keyOf(upload);
      const outcome = await this.#lookAtOne(upload, index, this.#waiting.get(key)?.look);
      this.#waiting.delete(key);
      this.#seen.add(key);
      if (outcome.kind === 'waiting') {
        this.#waiting.set(key, { upload, look: outcome.look, settling: outcome.settling });
      }
      if (outcome.kind === 'ready') {
        ready.push(outcome.entry);
      } else {
        this.#tell(upload, outcome);
      }
    }
    if (ready.length > 0) {
      await this.#makeIndex(ready);
    }
  }

  /** With all that servers see without one, in one change: what a new index does not name disappears. */
  async #makeIndex(ready: readonly AddVersion[]): Promise<void> {
    const { store, signal } = this.#options;
    for await (const upload of listUploads({ store, signal })) {
      if (!this.#seen.has(keyOf(upload)) && isVersion(upload)) {
        const reason = `"${store.url}" has no ${INDEX_NAME}, and holds other versions, like ${keyOf(upload)}`;
        throw failedPrecondition(`${reason}: make one of all by "tensorfleet reindex ${store.url}"`);
      }
    }
    await updateIndex(store, (index) => ready.reduce(addVersion, index), { signal });
    for (const { model, version, bytes } of ready) {
      this.#tell({ model, version: String(version) }, { kind: 'published', version, bytes });
    }
  }

  async #lookAtOne(
    upload: Upload,
    index: RepositoryIndex | undefined,
    previous: Look | undefined,
  ): Promise<UploadOutcome | UploadNews> {
    const { store, policy, now, onBytes, signal } = this.#options;
    try {
      const common = { store, policy, now, signal, ...(onBytes && { onBytes }) };
      return await lookAtUpload({ ...upload, index, previous, ...common });
    } catch (reason) {
      const { code, message } = StatusError.from(reason);
      if (OUTAGES.has(code)) {
        throw reason;
      }
      return { kind: 'failed', reason: message };
    }
  }

  #tell(upload: Upload, outcome: UploadNews): void {
    const key = keyOf(upload);
    const text = JSON.stringify([outcome.kind, 'reason' in outcome ? outcome.reason : '']);
    if (this.#told.get(key) !== text) {
      this.#told.set(key, text);
      this.#options.onOutcome(upload, outcome);
    }
  }
}

/** Every directory below a model, whatever its name. */
async function* listUploads({
  store,
  model,
  signal,
}: Pick<ReindexOptions, 'store' | 'model' | 'signal'>): AsyncGenerator<Upload> {
  const models = model === undefined ? namesIn(store, '', signal) : [model];
  for await (const name of models) {
    for await (const version of namesIn(store, `${name}/`, signal)) {
      yield { model: name, version };
    }
  }
}

/** The directories right below a prefix; hidden ones are nobody's business. */
async function* namesIn(store: ObjectStore, prefix: string, signal: AbortSignal): AsyncGenerator<string> {
  for await (const page of store.list(prefix, { delimiter: '/', signal })) {
    for (const each of page.prefixes) {
      const name = each.slice(prefix.length, -1);
      if (name !== '' && !name.startsWith('.')) {
        yield name;
      }
    }
  }
}

function keyOf({ model, version }: Upload): string {
  return `${model}/${version}`;
}

function isVersion({ model, version }: Upload): boolean {
  return isModelName(model) && parseVersion(version) !== undefined;
}

/** Undefined where there is none. */
async function readIndex(store: ObjectStore, signal: AbortSignal): Promise<RepositoryIndex | undefined> {
  const fetched = await store.get(INDEX_NAME, { maxBytes: MAX_INDEX_BYTES, signal });
  return fetched.kind === 'found'
    ? parseIndex(new TextDecoder().decode(fetched.data), `${store.url}/${INDEX_NAME}`).index
    : undefined;
}

/** Resolves after a time, or at once after `signal`. */
async function sleep(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  if (signal.aborted) {
    return;
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  using _ = clock.schedule(ms, resolve);
  const wake = (): void => resolve();
  signal.addEventListener('abort', wake);
  await promise;
  signal.removeEventListener('abort', wake);
}
