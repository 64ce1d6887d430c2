import { type Clock, Code, StatusError, unavailable, version } from '@tensorfleet/core';
import { createBatchScheduler, LoadReport, resolveBatchPolicy } from '@tensorfleet/gpu-backend';
import { batchMs, largestBatch, type ServiceCurve } from '../service-curve.ts';

interface Work {
  readonly sentAt: number;
  startedAt: number | undefined;
}

export interface TaskOptions {
  readonly clock: Clock;
  readonly curve: ServiceCurve;
  readonly random: () => number;
  /** Milliseconds of a batch; default by the curve, up to 15 % up or down, evenly. */
  readonly runMs?: (rows: number) => number;
  /** Called after each batch. */
  readonly onBatch?: (rows: number) => void;
}

/** Run times vary by so much up and down, evenly. */
const NOISE = 0.15;

/** A dead host does not say so: connections to it fail with the client's keepalive, 5 s and 2 s for the answer. */
export const KEEPALIVE_MS = 7000;

const FACTS = {
  requestId: '',
  model: 'model',
  version: version(1),
  api: 'Predict',
  entrypoint: 'GRPC',
  examples: 0,
  rows: 1,
} as const;

/**
 * A model server with one model: the server's own scheduler and load report, on a virtual clock and with an executor
 * that only takes time.
 */
export class SimulatedTask {
  readonly report: LoadReport;
  readonly #options: TaskOptions;
  readonly #scheduler: ReturnType<typeof createBatchScheduler<Work, undefined>>;
  readonly #signal = new AbortController().signal;
  /** Ends the calls of a task that has died. */
  readonly #calls = new Set<() => void>();
  #isDead = false;

  constructor(options: TaskOptions) {
    const { clock, curve, random } = options;
    const { runMs = (rows) => batchMs(curve, rows) * (1 + NOISE * (2 * random() - 1)) } = options;
    this.#options = options;
    this.#scheduler = createBatchScheduler<Work, undefined>({
      policy: resolveBatchPolicy({ maxBatchSize: largestBatch(curve) }),
      keyOf: () => '',
      execute: (works, rows) =>
        new Promise((resolve) => {
          for (const work of works) {
            work.startedAt = clock.now();
          }
          clock.schedule(runMs(rows), () => resolve(works.map(() => undefined)));
        }),
      slots: 1,
      clock,
      defer: queueMicrotask,
      onBatch: (batch) => {
        this.report.batchDone({ name: FACTS.model, version: FACTS.version }, batch);
        options.onBatch?.(batch.rows);
      },
    });
    this.report = new LoadReport(() => clock.now(), {
      queueDepths: () => [{ queued: this.#scheduler.queuedTasks }],
      models: () => [{ latest: 1 }],
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The host is gone, and tells nobody. */
  die(): void {
    this.#isDead = true;
    this.#options.clock.schedule(KEEPALIVE_MS, () => {
      for (const end of this.#calls) {
        end();
      }
    });
  }

  /** One row until `deadline`; resolves with the milliseconds that it waited for its batch. */
  async predict(deadline: number): Promise<number> {
    const { clock } = this.#options;
    const lost = Promise.withResolvers<never>();
    const end = () => lost.reject(unavailable('the connection was lost'));
    if (this.#isDead) {
      clock.schedule(KEEPALIVE_MS, end);
      return lost.promise;
    }
    this.#calls.add(end);
    try {
      return await Promise.race([lost.promise, this.#serve(deadline)]);
    } finally {
      this.#calls.delete(end);
    }
  }

  async #serve(deadline: number): Promise<number> {
    const { clock } = this.#options;
    const work: Work = { sentAt: clock.now(), startedAt: undefined };
    this.report.requestStarted();
    const done = (code: Code): number => {
      const now = clock.now();
      const queueMs = (work.startedAt ?? now) - work.sentAt;
      const runMs = work.startedAt === undefined ? 0 : now - work.startedAt;
      this.report.requestDone({ ...FACTS, code, queueMs, runMs, durationMs: now - work.sentAt });
      return queueMs;
    };
    try {
      await this.#scheduler.submit(work, 1, { requestId: '', deadline, signal: this.#signal });
    } catch (reason) {
      done(StatusError.from(reason).code);
      throw reason;
    }
    // What a dead task still computes reaches nobody.
    return this.#isDead ? new Promise(() => undefined) : done(Code.Ok);
  }
}
