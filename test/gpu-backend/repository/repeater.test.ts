import { describe, expect, it } from 'vitest';
import { Repeater, type RunOutcome } from '../../../gpu-backend/src/repository/repeater.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { nextTurn } from './observed-repository.ts';

/** Runs that end when the test says how. */
class ManualRun {
  begun = 0;
  #ends: ((outcome: RunOutcome) => void)[] = [];

  readonly run = (): Promise<RunOutcome> => {
    this.begun += 1;
    return new Promise((resolve) => this.#ends.push(resolve));
  };

  async end(outcome: RunOutcome = 'ok'): Promise<void> {
    this.#ends.shift()?.(outcome);
    await nextTurn();
  }
}

function repeaterOf(manual: ManualRun, clock: FakeClock, maxRuns = Number.POSITIVE_INFINITY): Repeater {
  return new Repeater({ clock, intervalMs: 100, maxRuns, run: manual.run });
}

describe('Repeater', () => {
  it('runs at the start, and an interval after the end of each run', async () => {
    const [manual, clock] = [new ManualRun(), new FakeClock()];
    const repeater = repeaterOf(manual, clock);
    repeater.start();
    repeater.start();
    await nextTurn();
    clock.advance(1_000);
    expect(manual.begun).toBe(1);
    await manual.end();
    clock.advance(99);
    await nextTurn();
    expect(manual.begun).toBe(1);
    clock.advance(1);
    await nextTurn();
    expect(manual.begun).toBe(2);
  });

  it('waits 2, 4, 8 and 8 intervals after failures, and one after a success', async () => {
    const [manual, clock] = [new ManualRun(), new FakeClock()];
    repeaterOf(manual, clock).start();
    await nextTurn();
    for (const [outcome, intervals] of [
      ['failed', 2],
      ['failed', 4],
      ['failed', 8],
      ['failed', 8],
      ['ok', 1],
    ] as const) {
      await manual.end(outcome);
      const before = manual.begun;
      clock.advance(intervals * 100 - 1);
      await nextTurn();
      expect(manual.begun).toBe(before);
      clock.advance(1);
      await nextTurn();
      expect(manual.begun).toBe(before + 1);
    }
  });

  it('runNow() during a run resolves after one more run, which all callers share', async () => {
    const [manual, clock] = [new ManualRun(), new FakeClock()];
    const repeater = repeaterOf(manual, clock);
    repeater.start();
    await nextTurn();
    const over: string[] = [];
    const calls = ['a', 'b'].map((name) => repeater.runNow().then(() => over.push(name)));
    await manual.end();
    expect([manual.begun, over]).toEqual([2, []]);
    await manual.end();
    await Promise.all(calls);
    expect([manual.begun, over]).toEqual([2, ['a', 'b']]);
    expect(clock.armed).toBe(1);
  });

  it('runNow() takes the place of the run that was due', async () => {
    const [manual, clock] = [new ManualRun(), new FakeClock()];
    const repeater = repeaterOf(manual, clock);
    repeater.start();
    await nextTurn();
    await manual.end();
    clock.advance(60);
    void repeater.runNow();
    await nextTurn();
    await manual.end();
    clock.advance(99);
    await nextTurn();
    expect(manual.begun).toBe(2);
  });

  it('arms no timer before start() and after maxRuns', async () => {
    const [manual, clock] = [new ManualRun(), new FakeClock()];
    const repeater = repeaterOf(manual, clock, 3);
    void repeater.runNow();
    await nextTurn();
    await manual.end();
    expect(clock.armed).toBe(0);
    repeater.start();
    await nextTurn();
    await manual.end();
    clock.advance(100);
    await nextTurn();
    await manual.end();
    expect([manual.begun, clock.armed]).toEqual([3, 0]);
  });

  it('runs again within a second when a run wants that, and does not count it', async () => {
    const [manual, clock] = [new ManualRun(), new FakeClock()];
    new Repeater({ clock, intervalMs: 60_000, maxRuns: 1, run: manual.run }).start();
    await nextTurn();
    await manual.end('soon');
    clock.advance(999);
    await nextTurn();
    expect(manual.begun).toBe(1);
    clock.advance(1);
    await nextTurn();
    await manual.end();
    expect([manual.begun, clock.armed]).toEqual([2, 0]);
  });

  it('close() disarms, waits for the run and lets none begin', async () => {
    const [manual, clock] = [new ManualRun(), new FakeClock()];
    const repeater = repeaterOf(manual, clock);
    repeater.start();
    await nextTurn();
    const queued = repeater.runNow();
    let closed = false;
    const closing = repeater.close().then(() => {
      closed = true;
    });
    await nextTurn();
    expect(closed).toBe(false);
    await manual.end();
    await Promise.all([closing, queued, repeater.close(), repeater.runNow()]);
    clock.advance(10_000);
    await nextTurn();
    expect([manual.begun, clock.armed]).toEqual([1, 0]);
  });
});
