import { type Clock, failedPrecondition, parseVersion, unavailable, type Version } from '@tensorfleet/core';
import { MAX_FILES, type ObjectStore } from '@tensorfleet/repository';
import type { RepositoryLog } from '../repository-log.ts';
import { LookPace } from './look-pace.ts';
import { Outage } from './outage.ts';
import type { RepositoryObserver } from './repository-observer.ts';
import { type Verdict, VersionListing } from './version-listing.ts';

/** What all models of a repository without an index share. */
export interface ListingOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly intervalMs: number;
  readonly maxIntervalMs: number;
  /** As in VersionListingOptions. */
  readonly settleMs: number;
  readonly log: RepositoryLog;
  readonly observer: RepositoryObserver;
}

/** One directory that is named by a version. */
interface Listed {
  readonly name: string;
  readonly listing: VersionListing;
  /** What the last look said; undefined before the first that somebody wanted. */
  verdict: Verdict | undefined;
}

/**
 * The versions of one model without an index: a shallow listing per look, and a listing of each version that somebody
 * asks about. Looks come at most every `intervalMs`, and at longer intervals while they find the same; what is asked in
 * between is answered from the last one. While the store fails, the last look stays.
 */
export class ListedModel {
  readonly directory: string;
  readonly #options: ListingOptions;
  readonly #pace: LookPace;
  readonly #outage: Outage;
  #listed: ReadonlyMap<Version, Listed> | undefined;
  #problems: ReadonlyMap<string, string> = new Map();
  #isThere = false;
  /** The versions that were listed since the last look at their names. */
  readonly #fresh = new Set<Version>();
  #running: Promise<void> | undefined;

  constructor(directory: string, options: ListingOptions) {
    this.directory = directory;
    this.#options = options;
    this.#pace = new LookPace(options);
    const { store, clock, random, intervalMs: minWaitMs, maxIntervalMs: maxWaitMs, log, observer } = options;
    const place = `${store.url}/${directory}/`;
    this.#outage = new Outage({ place, clock, random, minWaitMs, maxWaitMs, log, observer });
  }

  /** Whether anything lies there, by the last look. */
  get isThere(): boolean {
    return this.#isThere;
  }

  /** What is wrong with the names of its versions, by place. */
  get problems(): ReadonlyMap<string, string> {
    return this.#problems;
  }

  refresh(): void {
    this.#pace.refresh();
  }

  /** The versions that are there, in no order. Rejects with the store's error before the first look that succeeds. */
  async versions(): Promise<readonly Version[]> {
    while (this.#running !== undefined) {
      await this.#running;
    }
    if (this.#pace.isDue) {
      this.#running = this.#look().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
    if (this.#listed === undefined) {
      throw this.#outage.error ?? unavailable(`"${this.#place}" was not listed`);
    }
    return [...this.#listed.keys()];
  }

  /** What the listing of a version says, one per look; of a version that is not there, that it is gone. */
  async verdict(version: Version): Promise<Verdict> {
    const listed = this.#listed?.get(version);
    if (listed === undefined) {
      return { kind: 'incomplete', reason: `"${this.#place}${version}/" is gone` };
    }
    if (!this.#fresh.has(version) && this.#outage.error === undefined) {
      await this.#lookAt(version, listed);
    }
    return listed.verdict ?? { kind: 'incomplete', reason: `"${this.#place}${listed.name}/" was not listed yet` };
  }

  get #place(): string {
    return `${this.#options.store.url}/${this.directory}/`;
  }

  async #lookAt(version: Version, listed: Listed): Promise<void> {
    const before = listed.listing.fingerprint;
    try {
      this.#options.observer.looked('listed');
      listed.verdict = await listed.listing.look();
      this.#fresh.add(version);
    } catch (reason) {
      this.#fail(reason);
      return;
    }
    if (listed.verdict.kind === 'settling' || listed.listing.fingerprint !== before) {
      this.#pace.looked(false);
    }
  }

  async #look(): Promise<void> {
    const { observer } = this.#options;
    const before = [...(this.#listed?.values() ?? [])].map(({ name }) => name).join('/');
    try {
      const names = await this.#names();
      this.#take(names);
      this.#outage.recovered();
      observer.looked('listed');
      this.#pace.looked(before === [...names.values()].join('/'));
    } catch (reason) {
      this.#fail(reason);
    }
  }

  #fail(reason: unknown): void {
    this.#outage.failed(reason);
    this.#pace.waitFor(this.#outage.waitMs);
    this.#options.observer.looked('failed');
  }

  /** Names of directories by version; of two names for one number the last in order wins. */
  async #names(): Promise<ReadonlyMap<Version, string>> {
    const { store } = this.#options;
    const root = `${this.directory}/`;
    const names = new Map<Version, string>();
    const problems = new Map<string, string>();
    let count = 0;
    for await (const { prefixes, objects } of store.list(root, { delimiter: '/' })) {
      count += prefixes.length + objects.length;
      if (count > MAX_FILES) {
        throw failedPrecondition(`"${this.#place}" holds more than ${MAX_FILES} names`);
      }
      for (const prefix of prefixes) {
        const name = prefix.slice(root.length, -1);
        const version = parseVersion(name);
        const other = version === undefined ? undefined : names.get(version);
        if (other !== undefined) {
          problems.set(
            this.#place + other,
            `"${this.#place}" has "${other}" and "${name}" for one version, "${name}" is used`,
          );
        }
        if (version !== undefined) {
          names.set(version, name);
        }
      }
    }
    if (count > 0 && names.size === 0) {
      problems.set(this.#place, `nothing in "${this.#place}" is named by a version number, for example 1`);
    }
    this.#isThere = count > 0;
    this.#problems = problems;
    return names;
  }

  #take(names: ReadonlyMap<Version, string>): void {
    const { store, settleMs, clock } = this.#options;
    const next = new Map<Version, Listed>();
    for (const [version, name] of names) {
      const known = this.#listed?.get(version);
      const options = { store, version, prefix: `${this.directory}/${name}/`, settleMs, clock };
      next.set(
        version,
        known?.name === name ? known : { name, listing: new VersionListing(options), verdict: undefined },
      );
    }
    this.#listed = next;
    this.#fresh.clear();
  }
}
