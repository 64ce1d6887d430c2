import type { MetricName, MetricView } from '../cloudwatch.ts';
import { type Bounds, type Capacity, type ScalingRule, within } from './scaling-rule.ts';

export interface HpaMetric {
  readonly metric: MetricName;
  readonly target: number;
}

/** HPA v2 with external metrics of type Value, and KEDA in front of it where `min` is 0. */
export interface HpaOptions extends Bounds {
  readonly metrics: readonly HpaMetric[];
  readonly downStabilisationS: number;
  /** KEDA: without requests for so long, no tasks. */
  readonly cooldownS: number;
}

const SYNC_MS = 15_000;
/** Prometheus' rate over a minute, of pages that are up to 15 s old. */
const WINDOW_MS = 60_000;
const TOLERANCE = 0.1;
/** The default policy of scaling up: 4 more or twice as many within 15 s, whichever is more. */
const UP = { pods: 4, percent: 100 } as const;

/**
 * The algorithm of https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/: for each metric the ready
 * pods times the ratio, unless it is within 10 % of one; the most of them; down only to the most of the window.
 */
export function createHpaRule(options: HpaOptions): ScalingRule {
  const { metrics, downStabilisationS, cooldownS } = options;
  let recommendations: { readonly at: number; readonly tasks: number }[] = [];
  let busyAt = 0;
  const decide = (view: MetricView, { desired, running }: Capacity): number => {
    const { now } = view;
    if (view.sum('Requests', now - WINDOW_MS, now) > 0 || view.sum('NoBackend', now - WINDOW_MS, now) > 0) {
      busyAt = now;
    }
    const isIdle = now - busyAt > cooldownS * 1000;
    if (desired === 0 || (isIdle && options.min === 0)) {
      recommendations = [];
      return within(options, isIdle || busyAt !== now ? 0 : 1);
    }
    const wanted = Math.max(...metrics.map((metric) => wantedBy(metric, view, { desired, running })), 1);
    recommendations = [...recommendations.filter(({ at }) => at > now - downStabilisationS * 1000)];
    recommendations.push({ at: now, tasks: wanted });
    const stable = Math.max(...recommendations.map(({ tasks }) => tasks));
    const target = wanted > desired ? wanted : Math.min(desired, stable);
    const most = Math.max(desired + UP.pods, desired * (1 + UP.percent / 100));
    return Math.max(within(options, Math.min(target, most)), 1);
  };
  return { everyMs: SYNC_MS, decide };
}

function wantedBy({ metric, target }: HpaMetric, view: MetricView, { desired, running }: Capacity): number {
  const value = view.average(metric, view.now - WINDOW_MS, view.now);
  const ratio = value === undefined ? 1 : value / target;
  return Math.abs(ratio - 1) <= TOLERANCE ? desired : Math.ceil(running * ratio);
}
