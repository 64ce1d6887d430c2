import type { GateConfig } from './gate-config.ts';
import { METRIC_FACTS, METRICS, type Metric, type Metrics } from './metrics.ts';

/** What was measured of both versions; without a baseline there is none to compare with. */
export interface Measured {
  readonly candidate: Metrics;
  readonly baseline: Metrics | undefined;
}

/** One demand of the gate, and whether it is met. */
export interface Check {
  readonly metric: Metric;
  readonly kind: 'max' | 'min' | 'max_ratio' | 'no_worse';
  /** What the value is held against, in the metric's unit: a ratio and a tolerance are worked in already. */
  readonly bound: number | undefined;
  /** Undefined where nothing could be measured. */
  readonly value: number | undefined;
  /** `skipped`: there is no baseline yet, as with a model's first version. */
  readonly outcome: 'held' | 'failed' | 'skipped';
  /** One sentence with value and bound. */
  readonly reason: string;
}

export interface Verdict {
  readonly passed: boolean;
  /** In the order of the metrics; the optimising one last. */
  readonly checks: readonly Check[];
}

/** Holds what was measured against what the gate demands. What was not measured fails: nobody knows that it is good. */
export function verdictOf(
  measured: Measured,
  { gating, optimising }: Pick<GateConfig, 'gating' | 'optimising'>,
): Verdict {
  const checks = METRICS.flatMap((metric) => {
    const { max, min, max_ratio: ratio } = gating[metric] ?? {};
    return [
      ...(max === undefined ? [] : [absolute(metric, 'max', max, measured)]),
      ...(min === undefined ? [] : [absolute(metric, 'min', min, measured)]),
      ...(ratio === undefined ? [] : [relative(metric, ratio, measured)]),
    ];
  });
  if (optimising !== undefined) {
    checks.push(noWorse(optimising.metric, optimising.tolerance, measured));
  }
  return { passed: checks.every(({ outcome }) => outcome !== 'failed'), checks };
}

function absolute(metric: Metric, kind: 'max' | 'min', bound: number, measured: Measured): Check {
  if (metric === 'agreement' && measured.baseline === undefined) {
    return skipped(metric, kind, undefined);
  }
  return compared(metric, kind, bound, measured, shown(metric, bound));
}

function relative(metric: Metric, ratio: number, measured: Measured): Check {
  const { baseline, candidate } = measured;
  if (baseline === undefined) {
    return skipped(metric, 'max_ratio', candidate[metric]);
  }
  const base = baseline[metric] ?? Number.NaN;
  return Number.isNaN(base)
    ? unmeasured(metric, 'max_ratio', candidate[metric], 'of the serving version')
    : compared(metric, 'max_ratio', ratio * base, measured, `${ratio} × the serving version's ${shown(metric, base)}`);
}

function noWorse(metric: Metric, tolerance: number, measured: Measured): Check {
  const { baseline, candidate } = measured;
  if (baseline === undefined) {
    return skipped(metric, 'no_worse', candidate[metric]);
  }
  const base = baseline[metric] ?? Number.NaN;
  if (Number.isNaN(base)) {
    return unmeasured(metric, 'no_worse', candidate[metric], 'of the serving version');
  }
  const bound = METRIC_FACTS[metric].better === 'lower' ? base + tolerance : base - tolerance;
  const check = compared(metric, 'no_worse', bound, measured, `the serving version's ${shown(metric, base)}`);
  const slack = `${check.outcome === 'held' ? 'within' : 'by more than'} ${shown(metric, tolerance)}`;
  return tolerance === 0 ? check : { ...check, reason: `${check.reason} ${slack}` };
}

/** What is said of a value that holds, and of one that does not. */
const RELATIONS: Readonly<Record<Check['kind'], readonly [held: string, failed: string]>> = {
  max: ['is at most', 'is above'],
  min: ['is at least', 'is below'],
  max_ratio: ['is at most', 'is above'],
  no_worse: ['is no worse than', 'is worse than'],
};

function compared(metric: Metric, kind: Check['kind'], bound: number, { candidate }: Measured, limit: string): Check {
  const value = candidate[metric];
  if (value === undefined || Number.isNaN(value)) {
    return unmeasured(metric, kind, undefined, 'of the candidate');
  }
  const { better, title } = METRIC_FACTS[metric];
  const isHeld = better === 'lower' ? value <= bound : value >= bound;
  const [held, failed] = RELATIONS[kind];
  const reason = `${title} ${shown(metric, value)} ${isHeld ? held : failed} ${limit}`;
  return { metric, kind, bound, value, outcome: isHeld ? 'held' : 'failed', reason };
}

function unmeasured(metric: Metric, kind: Check['kind'], value: number | undefined, of: string): Check {
  const reason = `${METRIC_FACTS[metric].title} ${of} could not be measured`;
  return { metric, kind, bound: undefined, value, outcome: 'failed', reason };
}

function skipped(metric: Metric, kind: Check['kind'], value: number | undefined): Check {
  const reason = `${METRIC_FACTS[metric].title} has no serving version to be compared with`;
  return { metric, kind, bound: undefined, value, outcome: 'skipped', reason };
}

function shown(metric: Metric, value: number): string {
  return METRIC_FACTS[metric].format(value);
}
