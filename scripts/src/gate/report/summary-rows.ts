import type { GateReport } from '../gate-report.ts';
import type { Check } from '../gate-verdict.ts';
import { METRIC_FACTS, METRICS, type Metric } from '../metrics.ts';

/** One metric in the report's table. */
export interface SummaryRow {
  readonly title: string;
  readonly candidate: string;
  readonly baseline: string;
  /** What is demanded, `-` for nothing. */
  readonly bound: string;
  /** Undefined where nothing is demanded. */
  readonly outcome: Check['outcome'] | undefined;
}

/** The word for an outcome; `-` where nothing is demanded. */
export function outcomeWord(outcome: Check['outcome'] | undefined): string {
  return outcome ?? '-';
}

/** Every metric that was measured or demanded, one row per demand. */
export function summaryRows({ metrics, verdict }: Pick<GateReport, 'metrics' | 'verdict'>): readonly SummaryRow[] {
  return METRICS.flatMap((metric): readonly SummaryRow[] => {
    const { title } = METRIC_FACTS[metric];
    const candidate = shown(metric, metrics.candidate[metric]);
    const baseline = shown(metric, metrics.baseline?.[metric]);
    const checks = verdict.checks.filter((check) => check.metric === metric);
    if (checks.length === 0) {
      const isMeasured = metrics.candidate[metric] !== undefined;
      return isMeasured ? [{ title, candidate, baseline, bound: '-', outcome: undefined }] : [];
    }
    return checks.map((check) => ({
      title,
      candidate,
      baseline,
      bound: boundOf(check, metrics.baseline?.[metric]),
      outcome: check.outcome,
    }));
  });
}

const BOUND_WORDS: Readonly<Record<Check['kind'], string>> = {
  max: 'at most',
  min: 'at least',
  max_ratio: 'at most',
  no_worse: 'optimising: no worse than',
};

function boundOf({ metric, kind, bound }: Check, baseline = Number.NaN): string {
  const ratio = kind === 'max_ratio' && bound !== undefined ? ` (${Number((bound / baseline).toPrecision(3))} ×)` : '';
  return bound === undefined
    ? `${BOUND_WORDS[kind]} that of the serving version`
    : `${BOUND_WORDS[kind]} ${shown(metric, bound)}${ratio}`;
}

function shown(metric: Metric, value: number | undefined): string {
  return value === undefined ? '-' : METRIC_FACTS[metric].format(value);
}
