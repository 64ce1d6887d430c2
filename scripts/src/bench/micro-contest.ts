import type { Contest, Metric, Sample } from './bench-case.ts';
import { METRICS } from './bench-case.ts';

/** Does the work once. `turn` counts the calls, for sides that take another input each time. */
export type Work = (turn: number) => unknown;

export interface MicroOptions {
  readonly ours: Work;
  readonly theirs?: Work;
  /** Default `ns/op`. */
  readonly metric?: Metric;
  /** Operations (or pixels, or tasks) that one call does; default 1. */
  readonly opsPerCall?: number;
}

/** Long enough for the optimising compiler. */
const WARM_UP_MS = 300;
const SAMPLE_MS = 40;
const NANOS_PER_MILLI = 1e6;
const MILLIS_PER_SECOND = 1e3;

/** A contest between functions in this process; promises that they return are awaited one after the other. */
export async function microContest(options: MicroOptions): Promise<Contest> {
  const { ours, theirs } = options;
  const first = await side(ours, options);
  const second = theirs === undefined ? undefined : await side(theirs, options);
  // Again, since the other side's types may have made shared code slower.
  await first();
  return { ours: first, theirs: second, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** Warms `work` up and answers what samples it, with as many calls as fit into SAMPLE_MS. */
async function side(work: Work, options: MicroOptions): Promise<() => Promise<Sample>> {
  const { metric = 'ns/op', opsPerCall = 1 } = options;
  const turns = new Turns(work);
  const callMs = await turns.runFor(WARM_UP_MS);
  const calls = Math.max(1, Math.round(SAMPLE_MS / callMs));
  return async () => {
    const ops = calls * opsPerCall;
    const durationMs = await turns.run(calls);
    const value =
      METRICS[metric] === 'less' ? (durationMs * NANOS_PER_MILLI) / ops : (ops * MILLIS_PER_SECOND) / durationMs;
    return { [metric]: value };
  };
}

/** Calls one function again and again; its results are kept, so that nothing is optimised away. */
class Turns {
  readonly #work: Work;
  #turn = 0;
  /** The last result. */
  last: unknown;

  constructor(work: Work) {
    this.#work = work;
  }

  /** Milliseconds that `calls` calls take. */
  async run(calls: number): Promise<number> {
    const start = performance.now();
    for (let call = 0; call < calls; call++) {
      const result = this.#work(this.#turn++);
      this.last = result instanceof Promise ? await result : result;
    }
    return performance.now() - start;
  }

  /** Runs for about `durationMs` and answers the milliseconds of one call, as of the second half. */
  async runFor(durationMs: number): Promise<number> {
    const end = performance.now() + durationMs;
    let calls = 1;
    let tookMs = await this.run(calls);
    while (performance.now() < end) {
      calls = Math.max(1, Math.ceil((calls * durationMs) / 4 / Math.max(tookMs, 0.001)));
      tookMs = await this.run(calls);
    }
    return tookMs / calls;
  }
}
