import { Code, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { type Reservation, ResourceTracker } from '../../../gpu-backend/src/lifecycle/resource-tracker.ts';

const ID = { name: 'm', version: version(3) };

function reserve(tracker: ResourceTracker, memoryBytes: number): Reservation {
  const result = tracker.reserve(ID, { memoryBytes }, false);
  if (result.kind !== 'reserved') {
    throw new Error(`got ${result.kind}`);
  }
  return result.reservation;
}

describe('ResourceTracker', () => {
  it.each([
    ['reserves what fits exactly', 60, false, 'reserved'],
    ['has no room for one byte more', 61, false, 'never'],
    ['waits for one byte more while something may be freed', 61, true, 'later'],
    ['waits for the whole limit while something may be freed', 100, true, 'later'],
    ['never waits for more than the limit', 101, true, 'never'],
    ['reserves nothing for nothing', 0, false, 'reserved'],
  ])('%s', (_, memoryBytes, mayBeFreed, kind) => {
    const tracker = new ResourceTracker(100);
    reserve(tracker, 40);
    expect(tracker.reserve(ID, { memoryBytes }, mayBeFreed).kind).toBe(kind);
  });

  it('reserves anything without a limit', () => {
    const tracker = new ResourceTracker(Number.POSITIVE_INFINITY);
    reserve(tracker, 1e18);
    expect(tracker.reserve(ID, { memoryBytes: 1e18 }, false).kind).toBe('reserved');
  });

  it('names servable, need and limit in RESOURCE_EXHAUSTED', () => {
    const tracker = new ResourceTracker(100);
    reserve(tracker, 40);
    expect(tracker.reserve(ID, { memoryBytes: 61 }, false)).toMatchObject({
      error: {
        code: Code.ResourceExhausted,
        message:
          'Insufficient resources to load servable {name: m version: 3}: ' +
          'it needs 61 bytes, 60 of the limit of 100 bytes are free',
      },
    });
  });

  it('gets a reservation back once, however often it is disposed', () => {
    const tracker = new ResourceTracker(100);
    reserve(tracker, 30);
    const twice = reserve(tracker, 40);
    twice[Symbol.dispose]();
    twice[Symbol.dispose]();
    expect(tracker.usedBytes).toBe(30);
  });

  it('shrinks a reservation and never grows it', () => {
    const tracker = new ResourceTracker(100);
    const reservation = reserve(tracker, 40);
    reservation.shrinkTo({ memoryBytes: 10 });
    reservation.shrinkTo({ memoryBytes: 90 });
    expect(tracker.usedBytes).toBe(10);
    reservation[Symbol.dispose]();
    expect(tracker.usedBytes).toBe(0);
  });
});
