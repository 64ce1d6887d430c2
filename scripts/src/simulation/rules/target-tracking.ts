import type { MetricName, MetricView } from '../cloudwatch.ts';

/** One target tracking policy of Application Auto Scaling. */
export interface TargetTrackingOptions {
  readonly metric: MetricName;
  readonly target: number;
  readonly scaleOutCooldownS: number;
  readonly scaleInCooldownS: number;
  readonly disableScaleIn?: boolean;
}

/** What a policy wants: more, fewer or nothing; tasks. */
export interface Proposal {
  readonly out: number | undefined;
  readonly in: number | undefined;
}

/**
 * The alarms that such a policy makes: above the target for 3 minutes of 3, and more than 10 % below it for 15 of 15.
 * https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
 */
const MINUTE_MS = 60_000;
const HIGH_MINUTES = 3;
const LOW_MINUTES = 15;
const LOW_SHARE = 0.9;

/** Averages of the last whole minutes, the latest first; undefined where a minute has no point. */
function lastMinutes(view: MetricView, metric: MetricName, count: number): readonly (number | undefined)[] {
  const end = Math.floor(view.now / MINUTE_MS) * MINUTE_MS;
  return Array.from({ length: count }, (_, back) =>
    view.average(metric, end - (back + 1) * MINUTE_MS, end - back * MINUTE_MS),
  );
}

/**
 * Scales out in proportion to the metric, and in "more gradually": how much is not documented, one task per cooldown is
 * assumed, and none below what proportion asks for. While the scale-out cooldown lasts, only more than was asked for
 * when it began is asked for.
 */
export class TargetTracking {
  readonly #options: TargetTrackingOptions;
  #scaledOut: { readonly at: number; readonly from: number } | undefined;
  #scaledInAt = Number.NEGATIVE_INFINITY;

  constructor(options: TargetTrackingOptions) {
    this.#options = options;
  }

  propose(view: MetricView, desired: number): Proposal {
    const { metric, target, scaleOutCooldownS, scaleInCooldownS, disableScaleIn = false } = this.#options;
    const minutes = lastMinutes(view, metric, LOW_MINUTES);
    const latest = minutes[0];
    const isHigh = minutes.slice(0, HIGH_MINUTES).every((value) => value !== undefined && value > target);
    if (isHigh && latest !== undefined) {
      const isCooling = this.#scaledOut !== undefined && view.now < this.#scaledOut.at + scaleOutCooldownS * 1000;
      const from = isCooling ? (this.#scaledOut?.from ?? desired) : desired;
      const out = Math.ceil((from * latest) / target);
      return { out: out > desired ? out : undefined, in: undefined };
    }
    const isLow = minutes.every((value) => value !== undefined && value < LOW_SHARE * target);
    const isReady = view.now >= this.#scaledInAt + scaleInCooldownS * 1000;
    if (!disableScaleIn && isLow && isReady && latest !== undefined) {
      const fewer = Math.max(Math.ceil((desired * latest) / target), desired - 1);
      return { out: undefined, in: fewer < desired ? fewer : undefined };
    }
    return { out: undefined, in: undefined };
  }

  scaledOut(now: number, from: number): void {
    const isCooling =
      this.#scaledOut !== undefined && now < this.#scaledOut.at + this.#options.scaleOutCooldownS * 1000;
    this.#scaledOut = { at: now, from: isCooling ? (this.#scaledOut?.from ?? from) : from };
  }

  scaledIn(now: number): void {
    this.#scaledInAt = now;
  }

  get canScaleIn(): boolean {
    return this.#options.disableScaleIn !== true;
  }
}
