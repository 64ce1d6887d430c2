import { type Clock, StatusError, type Version } from '@tensorfleet/core';
import type { ObjectStore } from '@tensorfleet/repository';
import type { ModelVersion } from '../model-repository.ts';
import type { VersionFetcher } from '../version-fetcher.ts';
import { faultOf } from './outage.ts';
import type { RepositoryObserver } from './repository-observer.ts';
import { Slots } from './slots.ts';
import type { DescribedVersion, VersionContent } from './version-content.ts';
import { type Standing, VersionDownload } from './version-download.ts';

export interface DownloadsOptions {
  readonly store: ObjectStore;
  readonly fetcher: VersionFetcher;
  readonly clock: Clock;
  readonly random: () => number;
  /** Whether something of this version may still read its directory. */
  readonly isInUse: (model: string, version: Version) => boolean;
  /** What nobody wants stays so long: longer than the time between two scans of a model; milliseconds. */
  readonly keepMs: number;
  readonly observer: RepositoryObserver;
  /** Told when a download of this model has ended. */
  readonly onNews: (model: string) => void;
}

/** Whose versions: a model as it is served, and its directory in the store. Neither has a slash. */
export interface ModelPlace {
  readonly model: string;
  readonly directory: string;
}

interface ModelDownloads {
  readonly model: string;
  readonly versions: Map<Version, VersionDownload>;
}

/** Versions that download at the same time; each in several parts. */
const MAX_DOWNLOADS = 4;
const MIN_RETRY_MS = 1_000;
const MAX_RETRY_MS = 300_000;

/** All versions of one repository that are on their way to this disk, or there. */
export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #slots = new Slots(MAX_DOWNLOADS);
  /** By `<directory>/<model>`. */
  readonly #models = new Map<string, ModelDownloads>();
  /** What is not needed any more, by directory, and since when. */
  readonly #leaving = new Map<string, { readonly found: ModelVersion; readonly since: number }>();
  #nextSweepAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  /** As VersionDownload.want. */
  want(place: ModelPlace, content: VersionContent): Standing {
    const { model } = place;
    const known = this.#models.get(keyOf(place)) ?? { model, versions: new Map<Version, VersionDownload>() };
    this.#models.set(keyOf(place), known);
    const download = known.versions.get(content.version) ?? this.#create(model);
    known.versions.set(content.version, download);
    return download.want(content);
  }

  /** As VersionDownload.doubt. */
  doubt(place: ModelPlace, version: Version, graceMs: number): ModelVersion | undefined {
    return this.#models.get(keyOf(place))?.versions.get(version)?.doubt(graceMs);
  }

  isReady(place: ModelPlace, version: Version): boolean {
    return this.#models.get(keyOf(place))?.versions.get(version)?.found !== undefined;
  }

  /** The versions of a model that can be served now. */
  readyVersions(place: ModelPlace): readonly Version[] {
    const versions = [...(this.#models.get(keyOf(place))?.versions ?? [])];
    return versions.filter(([, { found }]) => found !== undefined).map(([version]) => version);
  }

  /** Lets go what nobody has wanted for a while and nothing uses. */
  sweep(): void {
    const { clock, isInUse, fetcher, keepMs } = this.#options;
    if (clock.now() < this.#nextSweepAt) {
      return; // every scan asks for it
    }
    this.#nextSweepAt = clock.now() + keepMs / 4;
    const before = clock.now() - keepMs;
    for (const [key, { model, versions }] of this.#models) {
      for (const [version, download] of versions) {
        if (download.wantedAt <= before && !isInUse(model, version)) {
          versions.delete(version);
          download.drop();
        }
      }
      if (versions.size === 0) {
        this.#models.delete(key);
      }
    }
    for (const [directory, { found, since }] of this.#leaving) {
      if (since <= before && !isInUse(found.model, found.version)) {
        this.#leaving.delete(directory);
        fetcher.release(directory);
      }
    }
  }

  /** Resolves when nothing runs that has begun by now. */
  async idle(): Promise<void> {
    await Promise.all(this.#all().map((download) => download.idle()));
  }

  /** Aborts what runs, gives all back and resolves when that is over. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = this.#all();
    for (const download of all) {
      download.drop();
    }
    await Promise.all(all.map((download) => download.idle()));
    for (const directory of this.#leaving.keys()) {
      this.#options.fetcher.release(directory);
    }
    this.#leaving.clear();
    this.#models.clear();
  }

  #all(): readonly VersionDownload[] {
    return [...this.#models.values()].flatMap(({ versions }) => [...versions.values()]);
  }

  #create(model: string): VersionDownload {
    const { clock, random, onNews } = this.#options;
    return new VersionDownload({
      fetch: (content, signal) => this.#slots.run(() => this.#fetch(model, content, signal)),
      release: (found) => this.#leaving.set(found.directory, { found, since: clock.now() }),
      onEnd: () => this.#closed || onNews(model),
      ...{ clock, random, minRetryMs: MIN_RETRY_MS, maxRetryMs: MAX_RETRY_MS },
    });
  }

  async #fetch(model: string, content: VersionContent, signal: AbortSignal): Promise<ModelVersion> {
    const { store, fetcher, clock, observer } = this.#options;
    const startedAt = clock.now();
    try {
      signal.throwIfAborted();
      const { version } = content;
      const { manifest, check, ...described } = await content.describe(signal);
      const fetched = await fetcher.fetch({ store, model, version, ...described }, signal);
      await this.#check(fetched.directory, check);
      const bytes = described.files.reduce((sum, file) => sum + file.bytes, 0);
      const { directory, receivedBytes } = fetched;
      observer.downloaded({ outcome: 'ok', receivedBytes, durationMs: clock.now() - startedAt });
      return { model, version, directory, bytes, ...(manifest && { manifest }) };
    } catch (reason) {
      if (!signal.aborted) {
        observer.faulted(faultOf(StatusError.from(reason)));
        observer.downloaded({ outcome: 'error', receivedBytes: 0, durationMs: clock.now() - startedAt });
      }
      throw reason;
    }
  }

  async #check(directory: string, check: DescribedVersion['check']): Promise<void> {
    try {
      await check?.(directory);
    } catch (reason) {
      this.#options.fetcher.release(directory);
      throw reason;
    }
  }
}

function keyOf({ directory, model }: ModelPlace): string {
  return `${directory}/${model}`;
}
