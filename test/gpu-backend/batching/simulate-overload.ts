import { NO_DEADLINE } from '@tensorfleet/core';
import { ANY_BATCH, type BatchCosts, createBatchCosts } from '../../../gpu-backend/src/batching/batch-costs.ts';
import { type BatchPolicyOptions, resolveBatchPolicy } from '../../../gpu-backend/src/batching/batch-policy.ts';
import { createBatchScheduler } from '../../../gpu-backend/src/batching/shared-batch-scheduler.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

/** Milliseconds of a batch by its rows, ascending; linear in between. */
export type CostCurve = readonly (readonly [rows: number, ms: number])[];

export interface Simulation {
  readonly curve: CostCurve;
  /** Of what the curve can do in full batches. */
  readonly load: number;
  /** Requests that arrive; one row each. */
  readonly requests: number;
  /** For how long callers wait. */
  readonly deadlineMs: number;
  readonly random: () => number;
  readonly policy?: BatchPolicyOptions;
  /** The callers do not say for how long they wait. */
  readonly hidesDeadline?: boolean;
}

export interface Outcome {
  /** Answers in time, as a fraction of what could be computed in that time. */
  readonly goodput: number;
  /** Fraction of the requests. */
  readonly refused: number;
  /** Answers that nobody waited for any more, as a fraction of what could be computed. */
  readonly wasted: number;
}

const MAX_BATCH = 64;
/** Run times vary by so much up and down, evenly. */
const NOISE = 0.15;

/** Poisson arrivals at one scheduler with one slot, on a virtual clock: nothing here waits. */
export async function simulate(simulation: Simulation): Promise<Outcome> {
  const { curve, load, requests, deadlineMs, random, policy = {}, hidesDeadline = false } = simulation;
  const clock = new FakeClock();
  const scheduler = createBatchScheduler<number, number>({
    costs: profiled(curve),
    policy: resolveBatchPolicy({ maxBatchSize: MAX_BATCH, ...policy }),
    keyOf: () => 'all',
    execute: (inputs, rows) =>
      new Promise((resolve) => {
        const ms = msOf(curve, rows) * (1 + NOISE * (2 * random() - 1));
        clock.schedule(ms, () => resolve([...inputs]));
      }),
    slots: 1,
    clock,
    defer: queueMicrotask,
  });
  const perMs = MAX_BATCH / msOf(curve, MAX_BATCH);
  const count = { good: 0, late: 0, refused: 0 };
  const { signal } = new AbortController();
  for (let sent = 0; sent < requests; sent++) {
    const sentAt = clock.now() - Math.log(1 - random()) / (perMs * load);
    await advanceTo(clock, sentAt);
    const deadline = hidesDeadline ? NO_DEADLINE : sentAt + deadlineMs;
    scheduler.submit(sent, 1, { requestId: '', deadline, signal }).then(
      () => count[clock.now() <= sentAt + deadlineMs ? 'good' : 'late']++,
      () => count.refused++,
    );
  }
  const possible = perMs * clock.now();
  return { goodput: count.good / possible, refused: count.refused / requests, wasted: count.late / possible };
}

/** What is known of a model when it has been loaded. */
function profiled(curve: CostCurve): BatchCosts {
  const costs = createBatchCosts();
  for (const rows of [1, 2]) {
    costs.observe(['all', ANY_BATCH], rows, msOf(curve, rows));
  }
  return costs;
}

function msOf(curve: CostCurve, rows: number): number {
  const above = Math.max(
    curve.findIndex(([size]) => size >= rows),
    1,
  );
  const [low, high] = [curve[above - 1] ?? [0, 0], curve[above] ?? [1, 0]];
  return low[1] + ((high[1] - low[1]) * (rows - low[0])) / (high[0] - low[0]);
}

/** What is due on the way happens in its order, and has its consequences before what comes next. */
async function advanceTo(clock: FakeClock, time: number): Promise<void> {
  while (clock.nextDueAt <= time) {
    clock.advance(clock.nextDueAt - clock.now());
    // A batch's end settles its tasks and starts the next batch within a few reactions.
    for (let reaction = 0; reaction < 12; reaction++) {
      await Promise.resolve();
    }
  }
  clock.advance(time - clock.now());
}
