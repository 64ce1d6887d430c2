import { version } from '@tensorfleet/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_PAST_VERSIONS, PAST_VERSION_MS, PastVersions } from '../../../gpu-backend/src/metrics/past-versions.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

describe('PastVersions', () => {
  let clock: FakeClock;
  let forgotten: number[];
  let past: PastVersions;
  const id = (number: number) => ({ name: 'm', version: version(number) });

  beforeEach(() => {
    clock = new FakeClock();
    forgotten = [];
    past = new PastVersions(clock, ({ version }) => void forgotten.push(version));
  });

  test('forgets a version when its time is over, once', () => {
    past.ended(id(1));
    clock.advance(PAST_VERSION_MS - 1);
    past.ended(id(2));
    expect(forgotten).toEqual([]);
    clock.advance(1);
    past.prune();
    past.prune();
    expect(forgotten).toEqual([1]);
  });

  test('keeps a version that came back, and counts its time anew', () => {
    past.ended(id(1));
    past.cameBack(id(1));
    clock.advance(PAST_VERSION_MS);
    past.prune();
    past.ended(id(1));
    clock.advance(PAST_VERSION_MS - 1);
    past.prune();
    expect(forgotten).toEqual([]);
  });

  test('keeps the last of many whatever their age', () => {
    for (let number = 0; number < MAX_PAST_VERSIONS + 3; number++) {
      past.ended(id(number));
    }
    expect(forgotten).toEqual([0, 1, 2]);
  });
});
