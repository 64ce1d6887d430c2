import { describe, expect, test } from 'vitest';
import type { MetricView } from '../../../../scripts/src/simulation/cloudwatch.ts';
import { TargetTracking } from '../../../../scripts/src/simulation/rules/target-tracking.ts';

const MINUTE = 60_000;
const NOW = 100 * MINUTE;

/** `values` are of the last whole minutes, the latest last. */
function viewOf(values: readonly (number | undefined)[], now = NOW): MetricView {
  return {
    now,
    sum: () => 0,
    average: (_, from) => values[values.length - 1 - (now - MINUTE - from) / MINUTE],
  };
}

function tracking(disableScaleIn = false) {
  return new TargetTracking({
    ...{ metric: 'BusyRatio', target: 0.5, scaleOutCooldownS: 300, scaleInCooldownS: 120 },
    disableScaleIn,
  });
}

const minutes = (count: number, value: number | undefined) => Array.from({ length: count }, () => value);
const NOTHING = { out: undefined, in: undefined };

describe('TargetTracking', () => {
  test.each([
    ['out in proportion after three high minutes', [...minutes(12, 0.5), 0.9, 0.9, 1], 4, { out: 8, in: undefined }],
    ['nothing after two', [...minutes(13, 0.5), 0.9, 0.9], 4, NOTHING],
    ['nothing where a minute of three is missing', [...minutes(12, 0.5), 0.9, undefined, 0.9], 4, NOTHING],
    ['in by one after fifteen low minutes', minutes(15, 0.1), 4, { out: undefined, in: 3 }],
    ['nothing where one of the fifteen is not low', [0.46, ...minutes(14, 0.1)], 4, NOTHING],
    ['nothing within a tenth of the target', minutes(15, 0.46), 4, NOTHING],
    ['nothing that proportion does not ask for', minutes(15, 0.44), 2, NOTHING],
    ['the last task away only when it has nothing to do', minutes(15, 0), 1, { out: undefined, in: 0 }],
    ['the last task kept while it has anything to do', minutes(15, 0.0001), 1, NOTHING],
    ['nothing without data', minutes(15, undefined), 4, NOTHING],
  ])('wants %s', (_, values, desired, proposal) => {
    expect(tracking().propose(viewOf(values), desired)).toEqual(proposal);
  });

  test('wants more within the cooldown only when that is more than it began with asks for', () => {
    const policy = tracking();
    policy.scaledOut(NOW - MINUTE, 2);
    expect(policy.propose(viewOf(minutes(15, 1)), 4)).toEqual(NOTHING);
    expect(policy.propose(viewOf(minutes(15, 1.5)), 4).out).toBe(6);
    const later = NOW + 5 * MINUTE;
    expect(policy.propose(viewOf(minutes(15, 1), later), 4).out).toBe(8);
  });

  test('wants fewer again after the cooldown only', () => {
    const policy = tracking();
    policy.scaledIn(NOW - MINUTE);
    expect(policy.propose(viewOf(minutes(15, 0.1)), 4)).toEqual(NOTHING);
    expect(policy.propose(viewOf(minutes(15, 0.1), NOW + MINUTE), 4).in).toBe(3);
  });

  test('never wants fewer where that is off', () => {
    expect(tracking(true).propose(viewOf(minutes(15, 0)), 4)).toEqual(NOTHING);
  });
});
