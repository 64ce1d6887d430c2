import { Code, cancelled, notFound, unavailable, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { VersionEntry } from '../../../../scripts/src/fleet/fleet-target.ts';
import { waitUntilServed } from '../../../../scripts/src/gate/fleet/wait-until-served.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';

type Look = readonly VersionEntry[] | Error;

function entry(number: number, state: string, error = ''): VersionEntry {
  return { model: 'mnist', version: String(number), state, error };
}

/** Waits for version 3 while the fleet says one thing after the other, the last for ever; time passes as it is waited for. */
async function wait(looks: readonly Look[], signal = new AbortController().signal): Promise<number> {
  const clock = new FakeClock();
  let asked = 0;
  const target = {
    async versions(): Promise<readonly VersionEntry[]> {
      const look = looks[Math.min(asked++, looks.length - 1)] ?? [];
      queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => clock.advance(500))));
      if (look instanceof Error) {
        throw look;
      }
      return look;
    },
  };
  await waitUntilServed(target, 'mnist', version(3), { timeoutMs: 1, patienceMs: 2000, clock, signal });
  return asked;
}

describe('waitUntilServed', () => {
  it('asks until the version is available, though the model is not there yet', async () => {
    const looks = [notFound('no such model'), [entry(2, 'AVAILABLE')], [entry(3, 'LOADING')], [entry(3, 'AVAILABLE')]];
    expect(await wait(looks)).toBe(4);
  });

  it('ends when the version cannot be loaded, with the reason', async () => {
    await expect(wait([[entry(3, 'END', 'it is broken')]])).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: 'the fleet cannot load version 3 of model "mnist": it is broken',
    });
  });

  it.each([
    ['does not know it', [entry(2, 'AVAILABLE')]],
    ['has it in state LOADING', [entry(3, 'LOADING')]],
  ])('ends when its patience does: the fleet %s', async (state, look) => {
    await expect(wait([look])).rejects.toThrow(`after 2 s the fleet ${state}: version 3 of model "mnist"`);
  });

  it('passes on what else the fleet says', async () => {
    await expect(wait([unavailable('nobody answers')])).rejects.toMatchObject({ code: Code.Unavailable });
  });

  it('ends with the signal', async () => {
    const signal = AbortSignal.abort(cancelled('interrupted'));
    await expect(wait([[]], signal)).rejects.toMatchObject({ code: Code.Cancelled });
  });
});
