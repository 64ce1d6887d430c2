import { type Clock, CODE_NAMES, StatusError } from '@tensorfleet/core';
import type { RepositoryLog } from '../repository-log.ts';
import type { RepositoryObserver } from './repository-observer.ts';

export interface OutageOptions {
  /** What cannot be read, as logs name it. */
  readonly place: string;
  readonly clock: Pick<Clock, 'now'>;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** The shortest wait; milliseconds. */
  readonly minWaitMs: number;
  readonly maxWaitMs: number;
  readonly log: RepositoryLog;
  readonly observer: Pick<RepositoryObserver, 'faulted'>;
}

/**
 * A place that cannot be read for a while. Each further failure doubles the wait before the next try, with jitter: many
 * servers that lost one store must not come back together. The first failure is logged, and the end; all are counted.
 */
export class Outage {
  readonly #options: OutageOptions;
  #failures = 0;
  #since = 0;
  #error: StatusError | undefined;
  #waitMs = 0;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** The last failure, while it lasts. */
  get error(): StatusError | undefined {
    return this.#error;
  }

  /** From the last failure to the next try; milliseconds. */
  get waitMs(): number {
    return this.#waitMs;
  }

  failed(reason: unknown): void {
    const { place, clock, log, observer, minWaitMs, maxWaitMs, random } = this.#options;
    const error = StatusError.from(reason);
    const fault = faultOf(error);
    observer.faulted(fault);
    if (this.#failures === 0) {
      this.#since = clock.now();
      log.warn({ path: place, code: error.code, fault }, `${error.message}; what is known of it stays`);
    }
    this.#error = error;
    this.#failures += 1;
    this.#waitMs = jittered(Math.min(minWaitMs * 2 ** this.#failures, maxWaitMs), random);
  }

  recovered(): void {
    if (this.#error === undefined) {
      return;
    }
    const { place, clock, log } = this.#options;
    const seconds = Math.round((clock.now() - this.#since) / 1000);
    log.info({ path: place, failures: this.#failures }, `"${place}" can be read again after ${seconds} seconds`);
    this.#error = undefined;
    this.#failures = 0;
  }
}

/** Between half of a time and all of it. */
export function jittered(ms: number, random: () => number): number {
  return ms * (0.5 + random() / 2);
}

/** How metrics and logs name an error: by its detail `fault`, else by its code: `unavailable`, `data_loss`. */
export function faultOf({ code, details }: StatusError): string {
  return details['fault'] ?? CODE_NAMES[code].toLowerCase();
}
