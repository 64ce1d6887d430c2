import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../../scripts/src/simulation/virtual-clock.ts';

test('VirtualClock runs timers by time, those of one time in their order, and none that is cancelled', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(20), fc.boolean()), { maxLength: 60 }), async (timers) => {
      const clock = new VirtualClock();
      const ran: [at: number, index: number][] = [];
      for (const [index, [delay, isCancelled]] of timers.entries()) {
        const timer = clock.schedule(delay, () => ran.push([clock.now(), index]));
        if (isCancelled) {
          timer[Symbol.dispose]();
        }
      }
      await clock.run(30);
      const expected = timers
        .map(([at, isCancelled], index) => ({ at, isCancelled, index }))
        .filter(({ isCancelled }) => !isCancelled)
        .sort((a, b) => a.at - b.at || a.index - b.index);
      expect(ran).toEqual(expected.map(({ at, index }) => [at, index]));
      expect(clock.now()).toBe(30);
    }),
  );
});

test('VirtualClock lets promises settle before the next timer', async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.schedule(1, () => {
    const settle = async (): Promise<void> => {
      await Promise.resolve();
      await Promise.resolve();
      seen.push('settled');
    };
    void settle();
  });
  clock.schedule(1, () => seen.push('next'));
  await clock.run(1);
  expect(seen).toEqual(['settled', 'next']);
});
