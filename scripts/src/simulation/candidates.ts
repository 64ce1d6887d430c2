import { createEcsRule, type EcsRuleOptions } from './rules/ecs-rule.ts';
import { createHpaRule } from './rules/hpa-rule.ts';
import type { ScalingRule } from './rules/scaling-rule.ts';
import { readScalingNumbers } from './scaling-numbers.ts';

export interface Candidate {
  readonly name: string;
  readonly create: () => ScalingRule;
}

/** infra/scaling.yml has the numbers of the chosen rule; what wakes a fleet up is the same with all of them. */
const { signal, ecs: chosen } = readScalingNumbers();
export const CHOSEN = `queue ${signal.target_ms} ms, busy ${signal.busy_target}`;

const BOUNDS = { min: 0, max: 10 } as const;
const WAKE_UP = { periodS: chosen.wake_up.period_s, periods: chosen.wake_up.periods } as const;

/** Target tracking on the queue's time, milliseconds. */
function queue(target: number, out: number, scalesIn: number | false) {
  const scaleInCooldownS = scalesIn === false ? 0 : scalesIn;
  return {
    metric: 'QueueTime',
    target,
    scaleOutCooldownS: out,
    scaleInCooldownS,
    disableScaleIn: scalesIn === false,
  } as const;
}

/** Target tracking on the share of the time in which batches ran. */
function busy(target: number, out: number, scaleInCooldownS: number) {
  return { metric: 'BusyRatio', target, scaleOutCooldownS: out, scaleInCooldownS } as const;
}

/** Half as many tasks more when requests wait, twice as many when they wait long; looked at every 10 s. */
function step(threshold: number, cooldownS: number) {
  return {
    metric: 'QueueTime',
    threshold,
    periodS: 10,
    datapoints: 6,
    cooldownS,
    steps: [
      { from: 0, percent: 50 },
      { from: 4 * threshold, percent: 100 },
    ],
  } as const;
}

function ecs(name: string, options: Omit<EcsRuleOptions, keyof typeof BOUNDS | 'wakeUp'>): Candidate {
  return { name, create: () => createEcsRule({ ...BOUNDS, wakeUp: WAKE_UP, ...options }) };
}

function hpa(name: string, targets: { readonly QueueTime?: number; readonly BusyRatio?: number }): Candidate {
  const metrics = (['QueueTime', 'BusyRatio'] as const).flatMap((metric) => {
    const target = targets[metric];
    return target === undefined ? [] : [{ metric, target }];
  });
  return {
    name,
    create: () => createHpaRule({ ...BOUNDS, metrics, downStabilisationS: 300, cooldownS: 900 }),
  };
}

export const CANDIDATES: readonly Candidate[] = [
  ecs('steps at 200 ms, busy 0.7', { tracking: [busy(0.7, 300, 120)], step: step(200, 300) }),
  ecs('steps at 200 ms, busy 0.9', { tracking: [busy(0.9, 300, 120)], step: step(200, 300) }),
  ecs('queue 200 ms', { tracking: [queue(200, 300, 300)] }),
  ecs('busy 0.7', { tracking: [busy(0.7, 300, 120)] }),
  ecs('queue 200 ms out, busy 0.9', { tracking: [queue(200, 300, false), busy(0.9, 300, 120)] }),
  ecs(CHOSEN, {
    tracking: [
      queue(signal.target_ms, chosen.scale_out_cooldown_s, chosen.scale_in_cooldown_s),
      busy(signal.busy_target, chosen.scale_out_cooldown_s, chosen.scale_in_cooldown_s),
    ],
  }),
  hpa('HPA queue 200 ms and busy 0.7', { QueueTime: 200, BusyRatio: 0.7 }),
  hpa('HPA queue 200 ms', { QueueTime: 200 }),
  hpa('HPA queue 200 ms and busy 0.9', { QueueTime: 200, BusyRatio: 0.9 }),
  ecs('queue 200 ms, cooldown 60 s', { tracking: [queue(200, 60, 300)] }),
];
