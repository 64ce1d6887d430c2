import { type Clock, Code, type Version } from '@tensorfleet/core';
import type { Rollout, RolloutWindow, VersionWindow } from '@tensorfleet/repository';
import type { RequestFacts } from '../request-observer.ts';
import { bucketOf, LATENCY_BUCKETS, latencyQuantile } from './latency-buckets.ts';
import { SlidingCounts } from './sliding-counts.ts';

const MS_PER_SECOND = 1000;
const P99 = 0.99;

/** The columns of a version, and those of what was compared. */
const FAILURES = 0;
const REFUSALS = 1;
const LATENCIES = 2;
const VERSION_COLUMNS = LATENCIES + LATENCY_BUCKETS;
const COMPARISONS = 0;
const DISAGREEMENTS = 1;
const COMPARED_COLUMNS = 2;

/** How the end of a request counts: as an answer, against the version, against its caller, or not at all. */
const OUTCOMES: Readonly<Record<Code, 'answered' | 'failed' | 'refused' | 'none'>> = {
  [Code.Ok]: 'answered',
  [Code.Cancelled]: 'none',
  [Code.Unknown]: 'failed',
  [Code.InvalidArgument]: 'refused',
  [Code.DeadlineExceeded]: 'failed',
  [Code.NotFound]: 'refused',
  [Code.AlreadyExists]: 'refused',
  [Code.PermissionDenied]: 'refused',
  [Code.ResourceExhausted]: 'failed',
  [Code.FailedPrecondition]: 'refused',
  [Code.Aborted]: 'failed',
  [Code.OutOfRange]: 'refused',
  [Code.Unimplemented]: 'refused',
  [Code.Internal]: 'failed',
  [Code.Unavailable]: 'failed',
  [Code.DataLoss]: 'failed',
  [Code.Unauthenticated]: 'refused',
};

/** What the two versions of a rollout do, over its window, from now on. */
export class RolloutObservation {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #versions: ReadonlyMap<Version, SlidingCounts>;
  readonly #compared: SlidingCounts;
  readonly #candidate: SlidingCounts;
  readonly #baseline: SlidingCounts;

  constructor({ candidate, baseline, bounds }: Rollout, clock: Pick<Clock, 'now'>) {
    const windowMs = bounds.windowSeconds * MS_PER_SECOND;
    this.#clock = clock;
    this.#candidate = new SlidingCounts(VERSION_COLUMNS, windowMs);
    this.#baseline = new SlidingCounts(VERSION_COLUMNS, windowMs);
    this.#versions = new Map([
      [candidate, this.#candidate],
      [baseline, this.#baseline],
    ]);
    this.#compared = new SlidingCounts(COMPARED_COLUMNS, windowMs);
  }

  /** Other versions are ignored. */
  requestDone({ version, code, durationMs }: RequestFacts): void {
    const counts = version === undefined ? undefined : this.#versions.get(version);
    const outcome = OUTCOMES[code];
    if (counts === undefined || outcome === 'none') {
      return;
    }
    const columns = { answered: LATENCIES + bucketOf(durationMs), failed: FAILURES, refused: REFUSALS };
    counts.add(columns[outcome], this.#clock.now());
  }

  /** Both versions have answered a request; `difference` is the share of it that they disagree about, 0 to 1. */
  compared(difference: number): void {
    const now = this.#clock.now();
    this.#compared.add(COMPARISONS, now);
    this.#compared.add(DISAGREEMENTS, now, difference);
  }

  window(): RolloutWindow {
    const now = this.#clock.now();
    const compared = this.#compared.totals(now);
    return {
      candidate: windowOf(this.#candidate.totals(now)),
      baseline: windowOf(this.#baseline.totals(now)),
      comparisons: compared[COMPARISONS] ?? 0,
      disagreements: compared[DISAGREEMENTS] ?? 0,
    };
  }
}

function windowOf(totals: Float64Array): VersionWindow {
  const failures = totals[FAILURES] ?? 0;
  let requests = failures;
  for (let column = LATENCIES; column < VERSION_COLUMNS; column++) {
    requests += totals[column] ?? 0;
  }
  return {
    requests,
    failures,
    refusals: totals[REFUSALS] ?? 0,
    p99Ms: latencyQuantile(totals, LATENCIES, P99),
  };
}
