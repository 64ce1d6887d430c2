import type { Version } from '@tensorfleet/core';
import type { ModelRouting } from '@tensorfleet/repository';

/** Of the requests of a rollout whose answers have a bound on disagreement, where the shadow says no other share. */
const COMPARED_PERCENT = 10;

/** Requests that one version answers and another one sees as well. */
export interface MirrorPlan {
  readonly to: Version;
  /** 0 to 1. */
  readonly share: number;
  /** The version whose requests these are; undefined: every other one. */
  readonly from?: Version;
}

/**
 * Who sees whose requests; nobody without a shadow. A rollout with a bound on disagreement needs comparisons, so its
 * versions see some of each other's requests: the candidate's, of which there are few at the first step, and the
 * baseline's, of which there are none at the last.
 */
export function mirrorPlans({ shadow, rollout }: ModelRouting): readonly MirrorPlan[] {
  const plans: MirrorPlan[] = shadow === undefined ? [] : [{ to: shadow.version, share: shadow.percent / 100 }];
  if (rollout?.state !== 'running' || rollout.bounds.maxDisagreement === undefined) {
    return plans;
  }
  const { baseline, candidate } = rollout;
  const isShadowed = shadow?.version === candidate;
  const share = (isShadowed ? shadow.percent : COMPARED_PERCENT) / 100;
  return [
    ...plans,
    ...(isShadowed ? [] : [{ from: baseline, to: candidate, share }]),
    { from: candidate, to: baseline, share },
  ];
}

/** The version that sees a request which `answered` answers, too. `random`: 0 up to, not including, 1. */
export function mirrorOf(plans: readonly MirrorPlan[], answered: Version, random: () => number): Version | undefined {
  return plans.find(
    ({ from, to, share }) => to !== answered && (from === undefined || from === answered) && random() < share,
  )?.to;
}
