import { cancelled } from '@tensorfleet/core';
import { onTestFinished } from 'vitest';
import { createWorkerPool, type WorkerPool } from '../../../gpu-backend/src/workers/worker-pool.ts';
import type { WorkerPoolEvent, WorkerPoolOptions } from '../../../gpu-backend/src/workers/worker-pool-options.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import type { BootstrapPlan } from '../../fixtures/workers/bootstrap.ts';
import type { Order } from '../../fixtures/workers/obedient.ts';

export const CALL_TIMEOUT_MS = 1000;
export const START_TIMEOUT_MS = 5000;
/** Delay before the first replacement. */
export const RESTART_MS = 100;

/** A pool on a FakeClock and what it told. */
export interface PoolUnderTest<Req> {
  readonly pool: WorkerPool<Req, unknown>;
  readonly clock: FakeClock;
  readonly events: readonly WorkerPoolEvent[];
  /** Resolves when so many events of this kind have happened, at once when they have already. */
  happened(kind: WorkerPoolEvent['kind'], times: number): Promise<void>;
}

/** A pool that is destroyed with the test. */
export function obedientPool(options: Partial<WorkerPoolOptions> = {}): PoolUnderTest<Order> {
  return destroyedWithTest(startObedientPool(options));
}

/** A pool that the caller destroys. */
export function startObedientPool(options: Partial<WorkerPoolOptions> = {}): PoolUnderTest<Order> {
  return startPool('obedient.ts', options);
}

/** A pool whose workers start badly unless `successes` says otherwise for that start; `starts` counts them. */
export function failingPool(
  failure: BootstrapPlan['failure'],
  successes: readonly boolean[] = [],
  options: Partial<WorkerPoolOptions> = {},
): PoolUnderTest<string> & { readonly starts: Int32Array } {
  const plan: BootstrapPlan = { failure, successes, starts: new Int32Array(new SharedArrayBuffer(4)) };
  const started = startPool<string>('bootstrap.ts', { workerData: plan, ...options });
  return { ...destroyedWithTest(started), starts: plan.starts };
}

function destroyedWithTest<Req>(started: PoolUnderTest<Req>): PoolUnderTest<Req> {
  onTestFinished(() => started.pool.destroy(cancelled('the test is over')));
  return started;
}

function startPool<Req>(fixture: string, options: Partial<WorkerPoolOptions>): PoolUnderTest<Req> {
  const clock = new FakeClock();
  const events: WorkerPoolEvent[] = [];
  const waiting = new Set<() => void>();
  const pool = createWorkerPool<Req, unknown>({
    entry: new URL(`../../fixtures/workers/${fixture}`, import.meta.url),
    callTimeoutMs: CALL_TIMEOUT_MS,
    startTimeoutMs: START_TIMEOUT_MS,
    clock,
    onEvent: (event) => {
      events.push(event);
      for (const check of waiting) {
        check();
      }
    },
    ...options,
  });
  const happened = (kind: WorkerPoolEvent['kind'], times: number): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (events.filter((event) => event.kind === kind).length >= times) {
          waiting.delete(check);
          resolve();
        }
      };
      waiting.add(check);
      check();
    });
  return { pool, clock, events, happened };
}
