import { Code } from '@tensorfleet/core';
import { BusyTime } from './busy-time.ts';
import type { LoadObserver } from './metrics.ts';
import { refusalOf } from './request-metrics.ts';

/** What one period of a server was like. */
export interface Load {
  /**
   * Mean milliseconds that requests which were answered in the period had waited for their batches; 0 where none was.
   * While requests wait and none is answered, for how long that has been so.
   */
  readonly queueTimeMs: number;
  /** Requests that wait for a batch now. */
  readonly queueDepth: number;
  /** Requests that ended, whatever became of them. */
  readonly requests: number;
  /** Those among them that ended before a batch took them, though nothing was wrong with them. */
  readonly refusedRequests: number;
  /** Requests that began and have not ended. */
  readonly inFlight: number;
  /** Share of the period in which at least one batch ran, 0 to 1. */
  readonly busyRatio: number;
  /** Models of which a version answers. */
  readonly modelsReady: number;
}

export interface LoadReadings {
  readonly queueDepths: () => Iterable<{ readonly queued: number }>;
  readonly models: () => Iterable<{ readonly latest: unknown }>;
}

/** Adds up what a server has to do, period by period. A period begins where the one before was taken. */
export class LoadReport implements LoadObserver {
  readonly #now: () => number;
  readonly #readings: LoadReadings;
  readonly #busy = new BusyTime();
  #since: number;
  #requests = 0;
  #refused = 0;
  #answered = 0;
  #queueMs = 0;
  #inFlight = 0;
  /** Since when requests have waited and none was answered; undefined when that is not so. */
  #stuckSince: number | undefined;

  constructor(now: () => number, readings: LoadReadings) {
    this.#now = now;
    this.#readings = readings;
    this.#since = now();
  }

  requestStarted(): void {
    this.#inFlight += 1;
  }

  requestDone(facts: Parameters<LoadObserver['requestDone']>[0]): void {
    this.#requests += 1;
    this.#refused += refusalOf(facts) === undefined ? 0 : 1;
    // What names no model that is served never began.
    this.#inFlight -= facts.model === '' ? 0 : 1;
    if (facts.code === Code.Ok) {
      this.#answered += 1;
      this.#queueMs += facts.queueMs;
    }
  }

  batchDone(...[, { durationMs }]: Parameters<LoadObserver['batchDone']>): void {
    this.#busy.ran(durationMs, this.#now());
  }

  /** The period that ends now. */
  take(): Load {
    const now = this.#now();
    const queueDepth = [...this.#readings.queueDepths()].reduce((sum, { queued }) => sum + queued, 0);
    const isStuck = queueDepth > 0 && this.#answered === 0;
    this.#stuckSince = isStuck ? (this.#stuckSince ?? this.#since) : undefined;
    const periodMs = now - this.#since;
    const load: Load = {
      queueTimeMs:
        this.#stuckSince === undefined ? this.#queueMs / Math.max(this.#answered, 1) : now - this.#stuckSince,
      queueDepth,
      requests: this.#requests,
      refusedRequests: this.#refused,
      inFlight: this.#inFlight,
      busyRatio: periodMs > 0 ? this.#busy.take(this.#since) / periodMs : 0,
      modelsReady: [...this.#readings.models()].filter(({ latest }) => latest !== undefined).length,
    };
    this.#since = now;
    this.#requests = this.#refused = this.#answered = this.#queueMs = 0;
    return load;
  }
}
