import { parseVersion, StatusError, type Version } from '@tensorfleet/core';
import {
  CLAIM_NAME,
  type IndexedModel,
  isModelName,
  MANIFEST_NAME,
  MAX_MANIFEST_BYTES,
  type Manifest,
  type ObjectStore,
  parseManifest,
  parseRejected,
  REJECTED_NAME,
  readIndex,
} from '@tensorfleet/repository';
import type { Repository } from '../commands/repository-model.ts';
import type { ListedModel, ListedVersion } from './listed-version.ts';

export interface ListOptions {
  readonly kind: Repository['kind'];
  /** Default: all models. */
  readonly model?: string;
  /** Whether manifests are read for metrics, and rejections for their reasons: a request for each version. */
  readonly details: boolean;
  readonly signal: AbortSignal;
}

/** A repository as its index and its directories show it; models by name. Rejects with what the store says. */
export async function listModels(store: ObjectStore, options: ListOptions): Promise<readonly ListedModel[]> {
  const { model, signal } = options;
  const index = await readIndex(store, signal);
  const names = new Set(model === undefined ? index?.models.keys() : [model]);
  if (model === undefined) {
    for await (const name of directoriesIn(store, '', signal)) {
      names.add(name);
    }
  }
  const models: ListedModel[] = [];
  for (const name of [...names].filter(isModelName).toSorted()) {
    const indexed = index?.models.get(name);
    const versions = await listVersions(store, name, indexed, index !== undefined, options);
    if (versions.length > 0) {
      models.push({ name, versions, indexed });
    }
  }
  return models;
}

async function listVersions(
  store: ObjectStore,
  name: string,
  indexed: IndexedModel | undefined,
  hasIndex: boolean,
  options: ListOptions,
): Promise<readonly ListedVersion[]> {
  const numbers = new Set<Version>([...(indexed?.versions.keys() ?? []), ...(indexed?.retired ?? [])]);
  const stored = new Set<Version>();
  for await (const directory of directoriesIn(store, `${name}/`, options.signal)) {
    const version = parseVersion(directory);
    if (version !== undefined && String(version) === directory) {
      stored.add(version);
    }
  }
  const reader = new VersionReader(store, name, options);
  const versions: ListedVersion[] = [];
  for (const version of [...numbers.union(stored)].toSorted((a, b) => b - a)) {
    const entry = indexed?.versions.get(version);
    if (indexed?.retired.includes(version)) {
      versions.push({ ...NOTHING_KNOWN, version, state: 'retired' });
    } else if (entry !== undefined && (options.kind === 'store' || stored.has(version))) {
      const { bytes, publishedAt } = entry;
      versions.push({
        ...NOTHING_KNOWN,
        version,
        state: 'published',
        bytes,
        publishedAt,
        ...(await reader.metrics(version)),
      });
    } else if (stored.has(version)) {
      versions.push(await reader.unlisted(version, options.kind === 'directory' || !hasIndex));
    }
  }
  return versions;
}

const NOTHING_KNOWN = { bytes: undefined, publishedAt: undefined, metrics: undefined, reason: undefined } as const;

class VersionReader {
  readonly #store: ObjectStore;
  readonly #model: string;
  readonly #options: ListOptions;

  constructor(store: ObjectStore, model: string, options: ListOptions) {
    this.#store = store;
    this.#model = model;
    this.#options = options;
  }

  /** Of a version that the index does not name; where there is none, or on a disk, its files make it visible. */
  async unlisted(version: Version, filesAreEnough: boolean): Promise<ListedVersion> {
    const names = new Set<string>();
    const prefix = `${this.#model}/${version}/`;
    for await (const { objects } of this.#store.list(prefix, { delimiter: '/', signal: this.#options.signal })) {
      for (const { key } of objects) {
        names.add(key.slice(prefix.length));
      }
    }
    if (names.has(CLAIM_NAME) && !names.has(MANIFEST_NAME)) {
      return { ...NOTHING_KNOWN, version, state: 'uploading' };
    }
    if (names.has(REJECTED_NAME)) {
      const text = this.#options.details ? await this.#read(version, REJECTED_NAME) : undefined;
      const reason = text === undefined ? undefined : parseRejected(text)?.reason;
      return { ...NOTHING_KNOWN, version, state: 'rejected', reason };
    }
    const state = filesAreEnough ? 'published' : 'uploaded';
    return { ...NOTHING_KNOWN, version, state, ...(await this.#listed(version)) };
  }

  async metrics(version: Version): Promise<Pick<ListedVersion, 'metrics'>> {
    return { metrics: (await this.#manifest(version))?.metrics };
  }

  async #listed(version: Version): Promise<Pick<ListedVersion, 'metrics' | 'bytes'>> {
    const manifest = await this.#manifest(version);
    const bytes = manifest?.files?.reduce((sum, file) => sum + file.bytes, 0);
    return { metrics: manifest?.metrics, bytes };
  }

  /** Undefined where there is none that can be read: the list is of what is there, not of what is wrong with it. */
  async #manifest(version: Version): Promise<Manifest | undefined> {
    const text = this.#options.details ? await this.#read(version, MANIFEST_NAME) : undefined;
    try {
      return text === undefined ? undefined : parseManifest(text, MANIFEST_NAME);
    } catch (reason) {
      if (StatusError.is(reason)) {
        return undefined;
      }
      throw reason;
    }
  }

  async #read(version: Version, file: string): Promise<string | undefined> {
    const key = `${this.#model}/${version}/${file}`;
    const fetched = await this.#store.get(key, { maxBytes: MAX_MANIFEST_BYTES, signal: this.#options.signal });
    return fetched.kind === 'found' ? new TextDecoder().decode(fetched.data) : undefined;
  }
}

async function* directoriesIn(store: ObjectStore, prefix: string, signal: AbortSignal): AsyncGenerator<string> {
  for await (const { prefixes } of store.list(prefix, { delimiter: '/', signal })) {
    for (const each of prefixes) {
      yield each.slice(prefix.length, -1);
    }
  }
}
