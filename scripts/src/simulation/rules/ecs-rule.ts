import type { MetricName, MetricView } from '../cloudwatch.ts';
import { type Bounds, type Capacity, type ScalingRule, within } from './scaling-rule.ts';
import { TargetTracking, type TargetTrackingOptions } from './target-tracking.ts';

/** A step scaling policy behind an alarm; the alarm is above `threshold` for `datapoints` periods of so many. */
export interface StepOptions {
  readonly metric: MetricName;
  readonly threshold: number;
  readonly periodS: number;
  readonly datapoints: number;
  readonly cooldownS: number;
  /** More tasks by the metric's value, over those that are wanted. */
  readonly steps: readonly { readonly from: number; readonly percent: number }[];
}

export interface EcsRuleOptions extends Bounds {
  readonly tracking: readonly TargetTrackingOptions[];
  readonly step?: StepOptions;
  /** The alarm on NoBackend, which brings the first task: one count in any of the last periods is enough. */
  readonly wakeUp: { readonly periodS: number; readonly periods: number };
}

const LOOK_MS = 10_000;

/**
 * Application Auto Scaling with several policies: out if any of them wants it, the most of them; in only if all that may
 * want it do, the least. Alarms of whole minutes are looked at once a minute, those of 10 s every 10 s.
 */
export function createEcsRule(options: EcsRuleOptions): ScalingRule {
  const { tracking, step, wakeUp } = options;
  const wakeUpMs = wakeUp.periodS * 1000;
  const policies = tracking.map((one) => new TargetTracking(one));
  let steppedAt = Number.NEGATIVE_INFINITY;
  const decide = (view: MetricView, { desired }: Capacity): number => {
    if (desired === 0) {
      const end = Math.floor(view.now / wakeUpMs) * wakeUpMs;
      return within(options, view.sum('NoBackend', end - wakeUp.periods * wakeUpMs, end) > 0 ? 1 : 0);
    }
    const stepped = step === undefined ? desired : stepOf(step, view, desired, steppedAt);
    const isMinute = view.now % 60_000 < LOOK_MS;
    const proposals = isMinute ? policies.map((policy) => policy.propose(view, desired)) : [];
    const out = Math.max(stepped, ...proposals.map((proposal) => proposal.out ?? desired));
    if (out > desired) {
      steppedAt = stepped > desired ? view.now : steppedAt;
      for (const [index, policy] of policies.entries()) {
        if (proposals[index]?.out !== undefined) {
          policy.scaledOut(view.now, desired);
        }
      }
      return within(options, out);
    }
    const shrinking = proposals.filter((_, index) => policies[index]?.canScaleIn);
    if (shrinking.length > 0 && shrinking.every((proposal) => proposal.in !== undefined)) {
      for (const policy of policies) {
        policy.scaledIn(view.now);
      }
      return within(options, Math.max(...shrinking.map((proposal) => proposal.in ?? 0)));
    }
    return within(options, desired);
  };
  return { everyMs: LOOK_MS, decide };
}

function stepOf(step: StepOptions, view: MetricView, desired: number, steppedAt: number): number {
  const periodMs = step.periodS * 1000;
  const end = Math.floor(view.now / periodMs) * periodMs;
  const values = Array.from({ length: step.datapoints }, (_, back) =>
    view.average(step.metric, end - (back + 1) * periodMs, end - back * periodMs),
  );
  const latest = values.find((value) => value !== undefined) ?? 0;
  // A period whose points are on their way is left out, as CloudWatch does with one that has none.
  const known = values.filter((value) => value !== undefined);
  const isHigh = known.length >= Math.min(step.datapoints, 2) && known.every((value) => value > step.threshold);
  if (!isHigh || view.now < steppedAt + step.cooldownS * 1000) {
    return desired;
  }
  const percent = step.steps.findLast(({ from }) => latest >= from)?.percent ?? 0;
  return desired + Math.max(Math.floor((desired * percent) / 100), 1);
}
