import { Code, type StatusError, unavailable, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { PublishedState } from '../../../gpu-backend/src/lifecycle/servable-state.ts';
import { StateFeed } from '../../../gpu-backend/src/lifecycle/state-feed.ts';
import { MAX_PAST_NAMES, MAX_PAST_VERSIONS, StateMonitor } from '../../../gpu-backend/src/lifecycle/state-monitor.ts';
import { settle } from '../../fakes/fake-loader.ts';

const REASON = unavailable('the disk is away');

class Monitored {
  readonly feed = new StateFeed((error) => {
    throw error;
  });
  readonly monitor = new StateMonitor(this.feed);

  publish(number: number, state: PublishedState, { name = 'm', aspired = true, error }: Detail = {}): void {
    this.feed.publish({ id: { name, version: version(number) }, state, aspired, error });
  }

  /** `3 available` for each version, in the monitor's order. */
  states(name = 'm'): readonly string[] {
    return [...this.monitor.states(name)].map(([number, { state }]) => `${number} ${state}`);
  }
}

interface Detail {
  readonly name?: string;
  readonly aspired?: boolean;
  readonly error?: StatusError;
}

/** How a promise stands after everything ready has run. */
async function outcomeOf(promise: Promise<void>): Promise<string> {
  let outcome = 'waiting';
  promise.then(
    () => {
      outcome = 'resolved';
    },
    (reason: Error) => {
      outcome = reason.message;
    },
  );
  await settle();
  return outcome;
}

describe('StateMonitor.states', () => {
  it('has the latest state of each version, the highest version first', () => {
    const world = new Monitored();
    world.publish(9, 'start');
    world.publish(10, 'available');
    world.publish(2, 'loading');
    world.publish(9, 'loading');
    expect(world.states()).toEqual(['10 available', '9 loading', '2 loading']);
  });

  it('keeps names apart and is empty for an unknown one', () => {
    const world = new Monitored();
    world.publish(1, 'available', { name: '__proto__' });
    expect([world.states('__proto__'), world.states(), world.monitor.names()]).toEqual([
      ['1 available'],
      [],
      ['__proto__'],
    ]);
  });

  it('keeps the reason of a failure', () => {
    const world = new Monitored();
    world.publish(1, 'end', { error: REASON });
    expect(world.monitor.states('m').get(version(1))?.error).toBe(REASON);
  });

  it('forgets the version that ended first when more than MAX_PAST_VERSIONS have ended', () => {
    const world = new Monitored();
    for (let number = 1; number <= MAX_PAST_VERSIONS + 1; number++) {
      world.publish(number, 'start');
    }
    for (let number = MAX_PAST_VERSIONS + 1; number >= 1; number--) {
      world.publish(number, 'end', { aspired: false });
    }
    expect(world.states()).toHaveLength(MAX_PAST_VERSIONS);
    expect(world.monitor.states('m').has(version(MAX_PAST_VERSIONS + 1))).toBe(false);
  });

  it('never forgets versions that live or that failed and are still aspired', () => {
    const world = new Monitored();
    world.publish(1001, 'available');
    world.publish(1000, 'end', { error: REASON });
    for (let number = 1; number <= 100; number++) {
      world.publish(number, 'end', { aspired: false });
    }
    expect(world.states().slice(0, 2)).toEqual(['1001 available', '1000 end']);
    expect(world.states()).toHaveLength(MAX_PAST_VERSIONS + 2);
  });

  it('forgets the oldest of more than MAX_PAST_NAMES names without a living version', () => {
    const world = new Monitored();
    world.publish(1, 'available', { name: 'living' });
    for (let index = 0; index <= MAX_PAST_NAMES; index++) {
      world.publish(1, 'end', { name: `past${index}`, aspired: false });
    }
    const names = world.monitor.names();
    expect([names.length, names.includes('living'), names.includes('past0')]).toEqual([
      MAX_PAST_NAMES + 1,
      true,
      false,
    ]);
  });
});

describe('StateMonitor.settlement', () => {
  type Version = readonly [state: PublishedState, aspired: boolean];
  it.each<readonly [string, readonly Version[], string]>([
    ['an unknown name', [], 'pending'],
    ['a name that loads', [['loading', true]], 'pending'],
    [
      'a name with an available version',
      [
        ['end', true],
        ['available', true],
        ['loading', true],
      ],
      'available',
    ],
    [
      'a name served by a version that is to go',
      [
        ['available', false],
        ['end', true],
      ],
      'available',
    ],
    [
      'a name whose aspired versions all ended',
      [
        ['end', true],
        ['end', true],
      ],
      'ended',
    ],
    [
      'a name with one failed and one loading version',
      [
        ['end', true],
        ['loading', true],
      ],
      'pending',
    ],
    ['a name with nothing but past versions', [['end', false]], 'pending'],
    [
      'a name whose past version ended while its next one loads',
      [
        ['end', false],
        ['loading', true],
      ],
      'pending',
    ],
  ])('of %s', (_, versions, expected) => {
    const world = new Monitored();
    for (const [index, [state, aspired]] of versions.entries()) {
      world.publish(index, state, { aspired });
    }
    expect(world.monitor.settlement('m')).toBe(expected);
  });
});

describe('StateMonitor.waitUntilSettled', () => {
  it('resolves at once for no names', async () => {
    expect(await outcomeOf(new Monitored().monitor.waitUntilSettled([]))).toBe('resolved');
  });

  it('resolves when the last name has a version or has failed', async () => {
    const world = new Monitored();
    const waiting = world.monitor.waitUntilSettled(['a', 'b']);
    world.publish(1, 'available', { name: 'a' });
    expect(await outcomeOf(waiting)).toBe('waiting');
    world.publish(1, 'end', { name: 'b', error: REASON });
    expect(await outcomeOf(waiting)).toBe('resolved');
  });
});

describe('StateMonitor.waitUntil', () => {
  it('asks at once and then after each state until it holds', async () => {
    const world = new Monitored();
    const seen: string[][] = [];
    const waiting = world.monitor.waitUntil(() => {
      seen.push([...world.states()]);
      return world.states().includes('1 available');
    });
    world.publish(1, 'loading');
    world.publish(1, 'available');
    expect(await outcomeOf(waiting)).toBe('resolved');
    world.publish(1, 'unloading');
    expect(seen).toEqual([[], ['1 loading'], ['1 available']]);
  });

  it.each([
    ['before', true],
    ['while', false],
  ])('rejects with the reason of a signal that aborts %s it waits', async (_, before) => {
    const world = new Monitored();
    const controller = new AbortController();
    if (before) {
      controller.abort(REASON);
    }
    const waiting = world.monitor.waitUntil(() => false, controller.signal);
    controller.abort(REASON);
    await expect(waiting).rejects.toBe(REASON);
  });

  it('rejects with what the condition throws and asks no more', async () => {
    const world = new Monitored();
    let asked = 0;
    const waiting = world.monitor.waitUntil(() => {
      asked++;
      throw new Error('bad condition');
    });
    expect(await outcomeOf(waiting)).toBe('bad condition');
    world.publish(1, 'start');
    expect(asked).toBe(1);
  });

  it.each(['before', 'after'])('rejects with UNAVAILABLE when it starts %s the monitor is disposed', async (moment) => {
    const world = new Monitored();
    const early = moment === 'before' ? world.monitor.waitUntil(() => false) : undefined;
    world.monitor[Symbol.dispose]();
    const waiting = early ?? world.monitor.waitUntil(() => true);
    await expect(waiting).rejects.toMatchObject({ code: Code.Unavailable });
  });

  it('knows nothing of what happens after dispose', () => {
    const world = new Monitored();
    world.monitor[Symbol.dispose]();
    world.publish(1, 'start');
    expect(world.monitor.names()).toEqual([]);
  });
});
