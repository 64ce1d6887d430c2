import { isDeepStrictEqual } from 'node:util';
import { type Clock, dataLoss, deadlineExceeded, type StatusError, unavailable } from '@tensorfleet/core';
import {
  EMPTY_INDEX,
  type Fetched,
  INDEX_NAME,
  type IndexedModel,
  MAX_INDEX_BYTES,
  type ObjectStore,
  parseIndex,
  type ReadIndex,
} from '@tensorfleet/repository';
import type { RepositoryLog } from '../repository-log.ts';
import { jittered, Outage } from './outage.ts';
import type { LookOutcome, RepositoryObserver } from './repository-observer.ts';
import { sayStale } from './stale-index.ts';

export interface IndexReaderOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Looks that come within this time share one; milliseconds. */
  readonly intervalMs: number;
  /** The longest wait after failures, and while there is no index. */
  readonly maxIntervalMs: number;
  /** How long an index may be missing, or older than the one that is known, before that is believed. */
  readonly graceMs: number;
  /** A look that takes longer has failed. */
  readonly timeoutMs: number;
  readonly log: RepositoryLog;
  readonly observer: RepositoryObserver;
  /** Told of the models that are not as they were, by name, when an index has changed. */
  readonly onChanged: (models: readonly string[]) => void;
}

/** What is known of a repository's index. Models that are as before are the same objects as before. */
export type KnownIndex =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'present';
      /** Of models that have become wrong: as they were. */
      readonly models: ReadonlyMap<string, IndexedModel>;
      /** What is wrong with models, by name. */
      readonly problems: ReadonlyMap<string, string>;
    };

const ABSENT: KnownIndex = { kind: 'absent' };

/**
 * The index of one repository, for all its models: at most one conditional GET runs, and one per interval.
 *
 * Invariants: once something is known, `look` resolves with what is known, whatever the store says. An index that is
 * missing after it was there, or that is older than the known one, is an outage for `graceMs`; when it is still so after
 * that, it is believed, with a warning. A store that never had an index is asked at longer and longer intervals.
 */
export class IndexReader {
  readonly #options: IndexReaderOptions;
  readonly #place: string;
  readonly #outage: Outage;
  #known: KnownIndex | undefined;
  #etag: string | undefined;
  #running: Promise<void> | undefined;
  #nextLookAt = Number.NEGATIVE_INFINITY;
  /** Looks that found no index, in a row. */
  #absences = 0;
  /** Looks that have begun and ended, and how many must have so that nobody misses what he asked for. */
  #begun = 0;
  #ended = 0;
  #wanted = 1;
  #doubtedSince: number | undefined;
  #said = '';

  constructor(options: IndexReaderOptions) {
    this.#options = options;
    this.#place = `${options.store.url}/${INDEX_NAME}`;
    const { clock, random, intervalMs: minWaitMs, maxIntervalMs: maxWaitMs, log, observer } = options;
    this.#outage = new Outage({ place: this.#place, clock, random, minWaitMs, maxWaitMs, log, observer });
  }

  /** Rejects with the store's error while nothing was ever known. */
  async look(): Promise<KnownIndex> {
    const isDue = this.#running === undefined && this.#options.clock.now() >= this.#nextLookAt;
    const wanted = Math.max(this.#wanted, isDue ? this.#begun + 1 : this.#begun);
    while (this.#ended < wanted) {
      this.#running ??= this.#begin();
      await this.#running;
    }
    if (this.#known === undefined) {
      throw this.#outage.error ?? unavailable(`"${this.#place}" was not read`);
    }
    return this.#known;
  }

  /** Looks from now on see what is there now. */
  refresh(): void {
    this.#wanted = this.#begun + 1;
  }

  #begin(): Promise<void> {
    this.#begun += 1;
    return this.#look().finally(() => {
      this.#ended += 1;
      this.#running = undefined;
    });
  }

  async #look(): Promise<void> {
    const { clock, intervalMs, maxIntervalMs, random, observer } = this.#options;
    const startedAt = clock.now();
    let outcome: LookOutcome = 'failed';
    let wait = intervalMs;
    try {
      outcome = this.#take(await this.#get());
      this.#outage.recovered();
      this.#doubtedSince = undefined;
      this.#absences = outcome === 'missing' ? this.#absences + 1 : 0;
      if (this.#absences > 1) {
        wait = jittered(Math.min(intervalMs * 2 ** this.#absences, maxIntervalMs), random);
      }
    } catch (reason) {
      this.#outage.failed(reason);
      wait = this.#outage.waitMs;
    }
    this.#nextLookAt = startedAt + wait;
    observer.looked(outcome);
  }

  async #get(): Promise<Fetched> {
    const { store, clock, timeoutMs } = this.#options;
    const timeout = new AbortController();
    const over = Promise.withResolvers<never>();
    using _timer = clock.schedule(timeoutMs, () => {
      const error = deadlineExceeded(`"${this.#place}" was not answered within ${timeoutMs} ms`);
      over.reject(error);
      timeout.abort(error);
    });
    const unlessEtag = this.#etag === undefined ? {} : { unlessEtag: this.#etag };
    const options = { maxBytes: MAX_INDEX_BYTES, signal: timeout.signal, ...unlessEtag };
    return await Promise.race([store.get(INDEX_NAME, options), over.promise]);
  }

  #take(fetched: Fetched): LookOutcome {
    switch (fetched.kind) {
      case 'unchanged':
        return 'unchanged';
      case 'missing':
        return this.#takeMissing();
      case 'found':
        return this.#takeFound(fetched);
    }
  }

  #takeMissing(): LookOutcome {
    if (this.#known?.kind === 'present') {
      const error = unavailable(`"${this.#place}" was there and is missing`, { fault: 'missing_index' });
      this.#doubt(error, 'the repository has no index any more');
      this.#etag = undefined;
      this.#announce([...this.#known.models.keys()]);
    }
    this.#known = ABSENT;
    return 'missing';
  }

  #takeFound({ data, etag }: Extract<Fetched, { kind: 'found' }>): LookOutcome {
    const read = parseIndex(new TextDecoder().decode(data), this.#place);
    const known = this.#known?.kind === 'present' ? this.#known.models : EMPTY_INDEX.models;
    const staleness = sayStale(read, { models: known });
    if (staleness !== undefined) {
      const message = `"${this.#place}" is older than what was read before: ${staleness}`;
      this.#doubt(dataLoss(message, { fault: 'stale_index' }), `the older "${this.#place}" is used`);
    }
    const models = mergedModels(read, known);
    const changed = [...new Set([...known.keys(), ...models.keys()])].filter(
      (name) => known.get(name) !== models.get(name),
    );
    this.#known = { kind: 'present', models, problems: read.problems };
    this.#etag = etag;
    this.#sayProblems(read.problems);
    this.#announce(changed);
    return 'changed';
  }

  /** Throws `error` until it has been so for long enough, then warns that it is believed. */
  #doubt(error: StatusError, belief: string): void {
    const { clock, graceMs, log } = this.#options;
    this.#doubtedSince ??= clock.now();
    if (clock.now() - this.#doubtedSince < graceMs) {
      throw error;
    }
    log.warn({ path: this.#place }, `${error.message}; after ${graceMs / 1000} seconds ${belief}`);
  }

  #sayProblems(problems: ReadonlyMap<string, string>): void {
    const { log, observer } = this.#options;
    const text = [...problems].map(([name, problem]) => `model "${name}": ${problem}`).join('; ');
    if (text !== '' && text !== this.#said) {
      observer.faulted('wrong_index');
      log.warn({ path: this.#place }, `in "${this.#place}" models are wrong and stay as they were: ${text}`);
    }
    this.#said = text;
  }

  #announce(models: readonly string[]): void {
    if (models.length > 0) {
      this.#options.onChanged(models);
    }
  }
}

function mergedModels(
  { index, problems }: ReadIndex,
  known: ReadonlyMap<string, IndexedModel>,
): ReadonlyMap<string, IndexedModel> {
  const models = new Map<string, IndexedModel>();
  for (const [name, model] of index.models) {
    const before = known.get(name);
    models.set(name, before !== undefined && isDeepStrictEqual(before, model) ? before : model);
  }
  for (const name of problems.keys()) {
    const before = known.get(name);
    if (before !== undefined) {
      models.set(name, before);
    }
  }
  return models;
}
