import { CODE_NAMES, Code, type Version, version } from '@tensorfleet/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { RolloutObservation } from '../../../../gpu-backend/src/server/rollout/rollout-observation.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { ROLLOUT } from '../../../layers/repository/rollout/rollout-under-test.ts';
import { requestFacts } from './request-facts.ts';

const { candidate, baseline } = ROLLOUT;
const NOTHING = { requests: 0, failures: 0, refusals: 0, p99Ms: undefined };

let clock: FakeClock;
let observation: RolloutObservation;

beforeEach(() => {
  clock = new FakeClock();
  observation = new RolloutObservation(ROLLOUT, clock);
});

function end(answered: Version, code: Code, durationMs = 1): void {
  observation.requestDone(requestFacts({ version: answered, code, durationMs }));
}

describe('RolloutObservation', () => {
  it.each<[Code, object]>([
    [Code.Ok, { requests: 1, p99Ms: expect.closeTo(1, 1) }],
    [Code.Cancelled, {}],
    [Code.Unknown, { requests: 1, failures: 1 }],
    [Code.InvalidArgument, { refusals: 1 }],
    [Code.DeadlineExceeded, { requests: 1, failures: 1 }],
    [Code.NotFound, { refusals: 1 }],
    [Code.ResourceExhausted, { requests: 1, failures: 1 }],
    [Code.FailedPrecondition, { refusals: 1 }],
    [Code.Unimplemented, { refusals: 1 }],
    [Code.Internal, { requests: 1, failures: 1 }],
    [Code.Unavailable, { requests: 1, failures: 1 }],
    [Code.DataLoss, { requests: 1, failures: 1 }],
  ])('counts a request that ends with code %i', (code, counted) => {
    end(candidate, code);
    expect(observation.window().candidate, CODE_NAMES[code]).toEqual({ ...NOTHING, ...counted });
    expect(observation.window().baseline).toEqual(NOTHING);
  });

  it('takes the 99th percentile of what was answered, without what failed', () => {
    for (let request = 0; request < 98; request++) {
      end(baseline, Code.Ok, 10);
    }
    end(baseline, Code.Ok, 50);
    end(baseline, Code.Ok, 500);
    end(baseline, Code.DeadlineExceeded, 10_000);
    expect((observation.window().baseline.p99Ms ?? 0) / 50).toBeCloseTo(1, 1);
  });

  it('ignores other versions, and requests without one', () => {
    end(version(11), Code.Internal);
    observation.requestDone(requestFacts({ model: '', version: undefined, code: Code.NotFound }));
    expect(observation.window()).toEqual({
      candidate: NOTHING,
      baseline: NOTHING,
      comparisons: 0,
      disagreements: 0,
    });
  });

  it('adds up the shares of answers that differ', () => {
    observation.compared(0);
    observation.compared(0.25);
    observation.compared(1);
    expect(observation.window()).toMatchObject({ comparisons: 3, disagreements: 1.25 });
  });

  it('forgets what is older than the window', () => {
    end(candidate, Code.Internal);
    observation.compared(1);
    clock.advance(ROLLOUT.bounds.windowSeconds * 1000);
    expect(observation.window()).toMatchObject({ candidate: NOTHING, comparisons: 0, disagreements: 0 });
  });
});
