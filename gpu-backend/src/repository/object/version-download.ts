import { type Clock, StatusError } from '@tensorfleet/core';
import type { ModelVersion } from '../model-repository.ts';
import { jittered } from './outage.ts';
import type { VersionContent } from './version-content.ts';

/**
 * How it stands with content that is wanted; what has failed goes on having failed while it is tried again. `found` is
 * what can be served now, perhaps what the version was before.
 */
export type Standing =
  | { readonly kind: 'ready'; readonly found: ModelVersion }
  | { readonly kind: 'loading'; readonly found?: ModelVersion }
  | { readonly kind: 'failed'; readonly error: StatusError; readonly found?: ModelVersion };

export interface VersionDownloadOptions {
  /** Fetches content; rejects with StatusError. */
  readonly fetch: (content: VersionContent, signal: AbortSignal) => Promise<ModelVersion>;
  /** Told of what is not needed any more, though it may still be served. */
  readonly release: (found: ModelVersion) => void;
  /** Called when a download has ended, well or not; not after `drop`. */
  readonly onEnd: () => void;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: () => number;
  /** The wait after the first failure, which doubles with each further one; milliseconds. */
  readonly minRetryMs: number;
  readonly maxRetryMs: number;
}

interface Running {
  readonly content: VersionContent;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

interface Failed {
  readonly content: VersionContent;
  readonly error: StatusError;
  readonly failures: number;
  readonly retryAt: number;
}

/**
 * One version on its way to this disk. Invariants: at most one download runs, and it is of the content that was wanted
 * last; what was fetched stays until other content of the version is there, or until `drop`.
 */
export class VersionDownload {
  readonly #options: VersionDownloadOptions;
  #ready: { readonly id: string; readonly found: ModelVersion } | undefined;
  #running: Running | undefined;
  #failed: Failed | undefined;
  #lastRun: Promise<void> = Promise.resolve();
  /** When it was wanted last. */
  #wantedAt: number;
  #doubtedSince: number | undefined;
  #dropped = false;

  constructor(options: VersionDownloadOptions) {
    this.#options = options;
    this.#wantedAt = options.clock.now();
  }

  /** What can be served, whatever is wanted. */
  get found(): ModelVersion | undefined {
    return this.#ready?.found;
  }

  /** When it was wanted last, by the clock. */
  get wantedAt(): number {
    return this.#wantedAt;
  }

  /** Begins the download of content that is not there, unless its last try has failed a short while ago. */
  want(content: VersionContent): Standing {
    const { clock } = this.#options;
    this.#wantedAt = clock.now();
    this.#doubtedSince = undefined;
    if (this.#ready?.id === content.id) {
      this.#abort();
      return { kind: 'ready', found: this.#ready.found };
    }
    const found = this.#ready === undefined ? {} : { found: this.#ready.found };
    const failed = this.#failed !== undefined && isSame(this.#failed.content, content) ? this.#failed : undefined;
    const isRunning = this.#running !== undefined && isSame(this.#running.content, content);
    if (!isRunning && clock.now() >= (failed?.retryAt ?? Number.NEGATIVE_INFINITY)) {
      this.#begin(content);
    }
    return failed === undefined ? { kind: 'loading', ...found } : { kind: 'failed', error: failed.error, ...found };
  }

  /** What is there while the store shows it no more: a listing may be stale. Undefined after `graceMs` of that. */
  doubt(graceMs: number): ModelVersion | undefined {
    const now = this.#options.clock.now();
    if (this.#ready === undefined) {
      return undefined;
    }
    this.#doubtedSince ??= now;
    if (now - this.#doubtedSince >= graceMs) {
      this.#giveBack();
      return undefined;
    }
    this.#wantedAt = now;
    return this.#ready.found;
  }

  /** Aborts what runs and gives back what is there. Idempotent. */
  drop(): void {
    this.#dropped = true;
    this.#abort();
    this.#giveBack();
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    await this.#lastRun;
  }

  #begin(content: VersionContent): void {
    this.#abort();
    const abort = new AbortController();
    // One after the other: an aborted download may still hold the version's directory.
    const done = this.#lastRun.then(() => this.#run(content, abort.signal));
    this.#running = { content, abort, done };
    this.#lastRun = done;
  }

  async #run(content: VersionContent, signal: AbortSignal): Promise<void> {
    const { fetch, release, onEnd } = this.#options;
    try {
      signal.throwIfAborted();
      const found = await fetch(content, signal);
      if (signal.aborted) {
        release(found);
        return;
      }
      this.#giveBack();
      this.#ready = { id: content.id, found };
      this.#failed = undefined;
    } catch (reason) {
      if (signal.aborted) {
        return; // whoever aborted it knows
      }
      this.#fail(content, StatusError.from(reason));
    }
    this.#running = undefined;
    if (!this.#dropped) {
      onEnd();
    }
  }

  #fail(content: VersionContent, error: StatusError): void {
    const { clock, random, minRetryMs, maxRetryMs } = this.#options;
    const before = this.#failed !== undefined && isSame(this.#failed.content, content) ? this.#failed.failures : 0;
    const wait = jittered(Math.min(minRetryMs * 2 ** (before + 1), maxRetryMs), random);
    this.#failed = { content, error, failures: before + 1, retryAt: clock.now() + wait };
  }

  #abort(): void {
    this.#running?.abort.abort();
    this.#running = undefined;
  }

  #giveBack(): void {
    if (this.#ready !== undefined) {
      this.#options.release(this.#ready.found);
      this.#ready = undefined;
    }
    this.#doubtedSince = undefined;
  }
}

function isSame(a: VersionContent, b: VersionContent): boolean {
  return a.id === b.id && a.look === b.look;
}
