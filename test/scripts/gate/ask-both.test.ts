import { unavailable, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { FleetTarget } from '../../../scripts/src/fleet/fleet-target.ts';
import { askBoth, type Side } from '../../../scripts/src/gate/ask-both.ts';
import type { Examples } from '../../../scripts/src/gate/examples/examples.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { labelled } from './labelled.ts';

function side(number: number): Side {
  return { target: {} as FleetTarget, spec: { name: 'mnist', version: version(number) } }; // the examples ask nobody
}

/** Examples that note who was asked about which; `fails` are the requests that fail. */
function noted(count: number, log: string[], fails = ''): Examples {
  return {
    ...labelled(Array.from({ length: count }, String)),
    async ask(_, spec, index) {
      log.push(`${spec.version}:${index}`);
      if (fails === `${spec.version}:${index}`) {
        throw unavailable('queue full');
      }
      return { said: { kind: 'label', label: `${spec.version}`, score: 1 }, version: spec.version };
    },
  };
}

const OPTIONS = {
  concurrency: 1,
  timeoutMs: 1000,
  clock: new FakeClock(),
  signal: new AbortController().signal,
  onProgress: () => undefined,
};

describe('askBoth', () => {
  it('asks both about every example in turn, neither always first, and begins again after the last', async () => {
    const log: string[] = [];
    await askBoth(noted(3, log), { candidate: side(2), baseline: side(1) }, { ...OPTIONS, requests: 4 });
    expect(log).toEqual(['2:0', '1:0', '1:1', '2:1', '2:2', '1:2', '1:0', '2:0']);
  });

  it('gives the answers to whom they belong, numbered alike', async () => {
    const sides = { candidate: side(2), baseline: side(1) };
    const both = await askBoth(noted(3, [], '1:1'), sides, { ...OPTIONS, requests: 3 });
    expect(both.candidate).toMatchObject(
      [0, 1, 2].map((index) => ({ kind: 'answered', index, answer: { version: 2 } })),
    );
    expect(both.baseline).toMatchObject([
      { kind: 'answered', index: 0, answer: { version: 1 } },
      { kind: 'failed', index: 1, message: 'queue full' },
      { kind: 'answered', index: 2, answer: { version: 1 } },
    ]);
  });

  it('asks the candidate alone where there is nothing to compare with', async () => {
    const log: string[] = [];
    const both = await askBoth(noted(2, log), { candidate: side(1), baseline: undefined }, { ...OPTIONS, requests: 3 });
    expect(log).toEqual(['1:0', '1:1', '1:0']);
    expect(both.baseline).toBeUndefined();
    expect(both.candidate.map(({ index }) => index)).toEqual([0, 1, 2]);
  });
});
