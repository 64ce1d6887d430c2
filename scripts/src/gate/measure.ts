import type { Clock } from '@tensorfleet/core';
import { askBoth, type Both, type Side } from './ask-both.ts';
import type { Examples } from './examples/examples.ts';
import type { GateConfig } from './gate-config.ts';
import { type GateReport, gateReport, type ReportInput } from './gate-report.ts';
import type { Metrics } from './metrics.ts';

/** Requests to each version before those that count: a version's first ones are slow. */
const WARM_UP_REQUESTS = 32;

export interface MeasureOptions extends Pick<ReportInput, 'model' | 'version' | 'baselineVersion'> {
  readonly gate: GateConfig;
  readonly examples: Examples;
  readonly sides: Both<Side>;
  readonly sizes: Both<number>;
  /** Asked after all requests, if the gate wants to know. */
  readonly memory?: () => Promise<Both<Metrics>>;
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly wallTime: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** Asks both versions and holds what is found against the gate. Rejects with the reason of `signal` only. */
export async function measure(options: MeasureOptions): Promise<GateReport> {
  const { gate, examples, sides, sizes, clock, signal, onProgress } = options;
  const requests = gate.requests ?? examples.count;
  const { concurrency, timeoutMs } = gate;
  const asking = { concurrency, timeoutMs, clock, signal };
  const warmUp = { ...asking, requests: Math.min(WARM_UP_REQUESTS, requests), onProgress: () => undefined };
  await askBoth(examples, sides, warmUp);
  const answers = await askBoth(examples, sides, { ...asking, requests, onProgress });
  const memory = wantsMemory(gate) ? await options.memory?.() : undefined;
  signal.throwIfAborted();
  const { model, version, baselineVersion } = options;
  return gateReport({
    ...{ model, version, baselineVersion, gate, examples, answers, requests },
    at: options.wallTime(),
    other: {
      candidate: { size_bytes: sizes.candidate, ...memory?.candidate },
      baseline: sizes.baseline === undefined ? undefined : { size_bytes: sizes.baseline, ...memory?.baseline },
    },
  });
}

function wantsMemory({ gating, optimising }: GateConfig): boolean {
  return gating.memory_bytes !== undefined || optimising?.metric === 'memory_bytes';
}
