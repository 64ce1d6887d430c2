import { Code, unavailable } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { runRequests } from '../../../scripts/src/evaluation/run-requests.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const READ = { isMisread: false, version: undefined };

function options(overrides: Partial<Parameters<typeof runRequests>[1]> = {}): Parameters<typeof runRequests>[1] {
  const signal = new AbortController().signal;
  return { requests: 5, concurrency: 2, clock: new FakeClock(), signal, onProgress: () => undefined, ...overrides };
}

describe('runRequests', () => {
  it('sends every request once and never more at a time than allowed', async () => {
    const sent: number[] = [];
    let open = 0;
    let mostOpen = 0;
    const { outcomes } = await runRequests(async (index) => {
      sent.push(index);
      mostOpen = Math.max(mostOpen, ++open);
      await Promise.resolve();
      open--;
      return READ;
    }, options());
    expect(sent).toEqual([0, 1, 2, 3, 4]);
    expect(mostOpen).toBe(2);
    expect(outcomes).toHaveLength(5);
  });

  it('measures each request and the whole run', async () => {
    const clock = new FakeClock();
    const send = async () => {
      clock.advance(10);
      return READ;
    };
    const run = await runRequests(send, options({ clock, requests: 3, concurrency: 1 }));
    expect(run.durationMs).toBe(30);
    expect(run.outcomes.map(({ durationMs }) => durationMs)).toEqual([10, 10, 10]);
  });

  it('goes on after a failure and keeps its code', async () => {
    const send = async (index: number) => {
      if (index === 1) {
        throw unavailable('queue full');
      }
      return READ;
    };
    const { outcomes } = await runRequests(send, options({ concurrency: 1 }));
    expect(outcomes).toHaveLength(5);
    expect(outcomes[1]).toMatchObject({ kind: 'failed', code: Code.Unavailable, message: 'queue full' });
  });

  it('leaves out what was in flight when it is aborted, and sends no more', async () => {
    const controller = new AbortController();
    const sent: number[] = [];
    const send = async (index: number) => {
      sent.push(index);
      if (index === 2) {
        controller.abort();
      }
      return READ;
    };
    const run = await runRequests(send, options({ concurrency: 1, signal: controller.signal }));
    expect(sent).toEqual([0, 1, 2]);
    expect(run.outcomes).toHaveLength(2);
  });
});
