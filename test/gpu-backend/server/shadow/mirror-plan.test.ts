import { type Version, version } from '@tensorfleet/core';
import type { ModelRouting, Rollout } from '@tensorfleet/repository';
import { describe, expect, it } from 'vitest';
import { mirrorOf, mirrorPlans } from '../../../../gpu-backend/src/server/shadow/mirror-plan.ts';
import { ROLLOUT } from '../../../layers/repository/rollout/rollout-under-test.ts';

const { baseline, candidate } = ROLLOUT;
const THIRD = version(14);
const { maxDisagreement: _, ...UNCOMPARED } = ROLLOUT.bounds;

/** Who sees requests that `answered` answers, and how many of 100. */
function sharesOf(routing: Partial<ModelRouting>, answered: Version): Readonly<Record<number, number>> {
  const plans = mirrorPlans({ labels: new Map(), ...routing });
  const seen = Array.from({ length: 100 }, (_each, i) => {
    const draws = [i / 100, 0.05]; // the second draw decides about another plan
    return mirrorOf(plans, answered, () => draws.shift() ?? 1);
  });
  const counts = Map.groupBy(
    seen.filter((one) => one !== undefined),
    (one) => one,
  );
  return Object.fromEntries([...counts].map(([one, all]) => [one, all.length]));
}

function rollout(facts: Partial<Rollout> = {}): Rollout {
  return { ...ROLLOUT, ...facts };
}

describe('mirrorOf', () => {
  it.each<[string, Partial<ModelRouting>, Version, Readonly<Record<number, number>>]>([
    ['nobody without a shadow', {}, baseline, {}],
    ['the shadow', { shadow: { version: candidate, percent: 100 } }, baseline, { 13: 100 }],
    ['the shadow with its share', { shadow: { version: candidate, percent: 20 } }, baseline, { 13: 20 }],
    ['nobody but the shadow, which answered', { shadow: { version: candidate, percent: 100 } }, candidate, {}],
    ['the candidate with a tenth', { rollout: rollout() }, baseline, { 13: 10 }],
    ['the baseline with a tenth', { rollout: rollout() }, candidate, { 12: 10 }],
    ['nobody for a version outside the rollout', { rollout: rollout() }, THIRD, {}],
    ['nobody when disagreement has no bound', { rollout: rollout({ bounds: UNCOMPARED }) }, candidate, {}],
    ['nobody when the rollout is over', { rollout: rollout({ state: 'rolled_back' }) }, candidate, {}],
    [
      'the candidate, once, with the share of the shadow that it is',
      { rollout: rollout(), shadow: { version: candidate, percent: 30 } },
      baseline,
      { 13: 30 },
    ],
    [
      'the baseline with the share of the shadow that the candidate is',
      { rollout: rollout(), shadow: { version: candidate, percent: 30 } },
      candidate,
      { 12: 30 },
    ],
    [
      'another shadow first, the rollout with what that leaves',
      { rollout: rollout(), shadow: { version: THIRD, percent: 40 } },
      baseline,
      { 13: 60, 14: 40 },
    ],
  ])('is %s', (_what, routing, answered, shares) => {
    expect(sharesOf(routing, answered)).toEqual(shares);
  });
});
