import { mkdtemp, readFile, rm, watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, cancelled } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  ConversionThread,
  IDLE_MS,
  KEPT_WEIGHT_BYTES,
} from '../../../../gpu-backend/src/model/conversion/conversion-thread.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';

const ENTRY = new URL('../../../fixtures/workers/converting.ts', import.meta.url);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tensorfleet-conversion-'));
});
afterAll(() => rm(root, { recursive: true }));

interface Bench {
  readonly clock: FakeClock;
  /** Converts, and tells which thread did. */
  convert(what: string, signal?: AbortSignal): Promise<number>;
}

function bench(): Bench {
  const clock = new FakeClock();
  const thread = new ConversionThread({ clock, entry: ENTRY });
  onTestFinished(() => thread[Symbol.asyncDispose]());
  return {
    clock,
    async convert(what, signal = new AbortController().signal) {
      const output = await mkdtemp(join(root, 'output-'));
      await thread.convert({ source: { format: 'tfjs', directory: what }, output }, signal);
      return Number(await readFile(join(output, 'thread'), 'utf8'));
    },
  };
}

describe('ConversionThread', () => {
  it('converts one after the other on one thread, which stays for the next', async () => {
    const { convert } = bench();
    const [first, second] = await Promise.all([convert('1'), convert('2')]);
    expect([second, await convert('3')]).toEqual([first, first]);
  });

  it.each([
    ['after a while without work', '1', true],
    ['at once after large weights', String(KEPT_WEIGHT_BYTES + 1), false],
  ])('ends its thread %s', async (_what, weights, waits) => {
    const { clock, convert } = bench();
    const first = await convert(weights);
    expect(clock.armed).toBe(waits ? 1 : 0);
    clock.advance(waits ? IDLE_MS : 0);
    expect(await convert('1')).not.toBe(first);
  });

  it('passes a refusal on and keeps its thread', async () => {
    const { convert } = bench();
    const first = await convert('1');
    await expect(convert('refused')).rejects.toMatchObject({ code: Code.Unimplemented, details: { ops: 'Foo' } });
    expect(await convert('1')).toBe(first);
  });

  it('ends a conversion that nobody wants any more, and converts the next on another thread', async () => {
    const { convert } = bench();
    const controller = new AbortController();
    const endless = convert('endless', controller.signal);
    const next = convert('1');
    for await (const { filename } of watch(root, { recursive: true })) {
      if (filename?.endsWith('busy')) {
        break;
      }
    }
    controller.abort(cancelled('no longer aspired'));
    await expect(endless).rejects.toMatchObject({ code: Code.Cancelled });
    await expect(next).resolves.toBeGreaterThan(0);
  });

  it('never begins what is cancelled while it waits', async () => {
    const { convert } = bench();
    const reason = cancelled('no longer aspired');
    await expect(convert('endless', AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('answers UNAVAILABLE when its thread dies, and starts another', async () => {
    const { convert } = bench();
    await expect(convert('dies')).rejects.toMatchObject({ code: Code.Unavailable });
    await expect(convert('1')).resolves.toBeGreaterThan(0);
  });
});
