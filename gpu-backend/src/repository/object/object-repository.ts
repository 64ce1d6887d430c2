import {
  type Clock,
  Code,
  dataLoss,
  failedPrecondition,
  notFound,
  type StatusError,
  type Version,
} from '@tensorfleet/core';
import { checkModelName, INDEX_NAME, isModelName, type ObjectStore } from '@tensorfleet/repository';
import type { FoundVersions, IndexChange, ModelRepository } from '../model-repository.ts';
import { ProblemLog, type RepositoryLog } from '../repository-log.ts';
import { routingOf } from '../routing-of.ts';
import { all, type ServableVersionPolicy } from '../servable-version-policy.ts';
import { updateModel } from '../update-model.ts';
import type { VersionFetcher } from '../version-fetcher.ts';
import { type Candidates, indexedCandidates, listedCandidates } from './candidates.ts';
import { Downloads } from './downloads.ts';
import { IndexReader } from './index-reader.ts';
import { ListedModel, type ListingOptions } from './listed-model.ts';
import { ListedRoot } from './listed-root.ts';
import { type RepositoryObserver, SILENT_OBSERVER } from './repository-observer.ts';
import { scanCandidates } from './scan-candidates.ts';

export interface ObjectRepositoryOptions {
  /** Its root holds one directory per model. Closed with the repository. */
  readonly store: ObjectStore;
  /** Not closed with the repository. */
  readonly fetcher: VersionFetcher;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** The shortest time between two looks at the same; milliseconds, above 0. */
  readonly intervalMs: number;
  /** How long files that no manifest lists must have been the same. */
  readonly settleMs: number;
  /** Whether something of a version may still read its directory. Default: nothing does. */
  readonly isInUse?: (model: string, version: Version) => boolean;
  readonly log: RepositoryLog;
  readonly observer?: RepositoryObserver;
}

/** The longest time between two looks at what does not change, and after failures. */
const MAX_INTERVAL_MS = 60_000;
/** An index may be missing, or older than it was, for so long before that is believed. */
const INDEX_GRACE_MS = 300_000;
const INDEX_TIMEOUT_MS = 60_000;
/** Versions that no policy wants any more stay so long, as policies and configurations change back. */
const MIN_KEEP_MS = 60_000;
/** Scans of a model that fails come up to eight intervals apart. */
const KEEP_INTERVALS = 10;

interface KnownModel {
  readonly listed: ListedModel;
  readonly problems: ProblemLog;
  /** The scan that runs, and those that wait for it. */
  turn: Promise<unknown>;
}

/**
 * A repository in an object store: `<model>/<version>/...` below its root. Where the root has an `index.json`, that says
 * which versions exist, and one conditional GET per interval tells of all news. Elsewhere directories are listed.
 * Versions are downloaded; `scan` begins that and does not wait for it: `watch` tells when it is done.
 *
 * What was known stays while the store fails, while the index is missing or older than it was (five minutes), and while
 * listings do not show what they have shown (half a minute).
 */
export class ObjectRepository implements ModelRepository, AsyncDisposable {
  readonly #options: ObjectRepositoryOptions;
  readonly #listing: ListingOptions;
  readonly #index: IndexReader;
  readonly #root: ListedRoot;
  readonly #downloads: Downloads;
  /** By name, as they are served. */
  readonly #models = new Map<string, KnownModel>();
  readonly #listeners = new Set<(model: string) => void>();

  constructor(options: ObjectRepositoryOptions) {
    const { store, fetcher, clock, random, intervalMs, settleMs, log, isInUse = () => false } = options;
    const observer = options.observer ?? SILENT_OBSERVER;
    this.#options = options;
    const shared = { store, clock, random, intervalMs, maxIntervalMs: MAX_INTERVAL_MS, log, observer };
    this.#listing = { ...shared, settleMs };
    this.#root = new ListedRoot(this.#listing);
    this.#index = new IndexReader({
      ...shared,
      graceMs: INDEX_GRACE_MS,
      timeoutMs: INDEX_TIMEOUT_MS,
      onChanged: (directories) => this.#onChanged(new Set(directories)),
    });
    const onNews = (model: string): void => this.#announce(model);
    const keepMs = Math.max(MIN_KEEP_MS, KEEP_INTERVALS * intervalMs);
    this.#downloads = new Downloads({ store, fetcher, clock, random, isInUse, keepMs, observer, onNews });
  }

  /** Of its root. */
  get url(): string {
    return this.#options.store.url;
  }

  async models(): Promise<readonly string[]> {
    const index = await this.#index.look();
    if (index.kind === 'absent') {
      return await this.#root.models((name) => this.#modelOf(name, name).listed);
    }
    const names = [...index.models].filter(([, { versions }]) => versions.size > 0).map(([name]) => name);
    return names.toSorted();
  }

  /** A base path is the URL of a directory right below the root; default: the one named like the model. */
  async scan(model: string, policy: ServableVersionPolicy = all(), basePath?: string): Promise<FoundVersions> {
    checkModelName(model);
    const known = this.#modelOf(model, this.#directoryOf(model, basePath));
    const scan = known.turn.then(() => this.#scan(model, known, policy));
    known.turn = scan.catch(() => undefined); // its caller hears of it
    return await scan;
  }

  forget(model: string): void {
    this.#models.delete(model);
  }

  refresh(): void {
    this.#index.refresh();
    this.#root.refresh();
    for (const { listed } of this.#models.values()) {
      listed.refresh();
    }
  }

  async update(model: string, change: IndexChange, basePath?: string): Promise<boolean> {
    const name = this.#directoryOf(model, basePath);
    const changed = await updateModel({ store: this.#options.store, model, name, change });
    if (changed) {
      this.#index.refresh();
    }
    return changed;
  }

  watch(onNews: (model: string) => void): Disposable {
    const listener = (model: string): void => onNews(model);
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Resolves when the downloads are over that have begun by now. */
  async idle(): Promise<void> {
    await this.#downloads.idle();
  }

  /** Aborts what runs and closes the store; resolves when nothing runs any more. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    await this.#downloads.close();
    this.#options.store.close();
  }

  async #scan(model: string, known: KnownModel, policy: ServableVersionPolicy): Promise<FoundVersions> {
    const { directory } = known.listed;
    const index = await this.#index.look();
    if (index.kind === 'absent') {
      return await this.#finish(
        known,
        await listedCandidates({ model, directory }, known.listed, this.#downloads),
        policy,
      );
    }
    const indexed = index.models.get(directory);
    const problem = index.problems.get(directory);
    if (indexed === undefined) {
      const place = `${this.#options.store.url}/${INDEX_NAME}`;
      throw problem === undefined
        ? notFound(`model "${model}" is not in "${place}"`, { model })
        : dataLoss(`model "${model}" is wrong in "${place}": ${problem}`, { model });
    }
    const routing = routingOf(indexed);
    const found = await this.#finish(
      known,
      indexedCandidates(this.#options.store, { model, directory }, indexed),
      policy,
    );
    return { ...found, routing };
  }

  async #finish(known: KnownModel, candidates: Candidates, policy: ServableVersionPolicy): Promise<FoundVersions> {
    const { store } = this.#options;
    const { listed, problems: log } = known;
    const routed = policy.kind === 'specific' ? new Set<Version>() : candidates.routed;
    const scanned = await scanCandidates({ ...candidates, routed }, policy, this.#downloads);
    this.#downloads.sweep();
    const place = `${store.url}/${listed.directory}/`;
    log.report(
      new Map([
        ...listed.problems,
        ...[...scanned.problems].map(([each, text]) => [`${place}${each}/`, text] as const),
      ]),
    );
    const { complete, settling, error } = scanned;
    if (complete.length === 0 && settling.length === 0) {
      throwIfElsewhere(error);
      if (candidates.isGone) {
        const { model } = candidates.place;
        throw notFound(`model "${model}" has nothing under "${place}"`, { model });
      }
    }
    return { complete, settling };
  }

  #directoryOf(model: string, basePath: string | undefined): string {
    if (basePath === undefined) {
      return model;
    }
    const root = `${this.#options.store.url}/`;
    const directory = basePath.startsWith(root) ? basePath.slice(root.length) : '';
    if (!isModelName(directory)) {
      throw failedPrecondition(`"${basePath}" is no directory right below "${root}"`, { model });
    }
    return directory;
  }

  /** A model whose directory is another one than before is another model. */
  #modelOf(model: string, directory: string): KnownModel {
    let known = this.#models.get(model);
    if (known?.listed.directory !== directory) {
      const listed = new ListedModel(directory, this.#listing);
      known = { listed, problems: new ProblemLog(this.#options.log), turn: Promise.resolve() };
      this.#models.set(model, known);
    }
    return known;
  }

  #onChanged(directories: ReadonlySet<string>): void {
    for (const [model, { listed }] of this.#models) {
      if (directories.has(listed.directory)) {
        this.#announce(model);
      }
    }
  }

  #announce(model: string): void {
    for (const listener of this.#listeners) {
      listener(model);
    }
  }
}

/** What is wrong with the version itself; the rest is wrong with the store, the disk or the credentials. */
const VERSION_FAULTS: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.FailedPrecondition,
  Code.DataLoss,
  Code.NotFound,
  Code.Aborted,
]);

/** Throws an error that says nothing about the version, so that what is served stays. */
function throwIfElsewhere(error: StatusError | undefined): void {
  if (error !== undefined && !VERSION_FAULTS.has(error.code)) {
    throw error;
  }
}
