import { Code } from '@tensorfleet/core';
import { expect, it } from 'vitest';
import { TurnQueue } from '../../../../gpu-backend/src/server/models/turn-queue.ts';

it('TurnQueue runs one thing after the other, in order, also after one that failed', async () => {
  const queue = new TurnQueue(8);
  const seen: string[] = [];
  const step = (name: string) => async () => {
    seen.push(`${name} begins`);
    await Promise.resolve();
    seen.push(`${name} ends`);
    return name;
  };
  const failing = queue.take(async () => {
    throw new Error('broken');
  });
  const others = Promise.all([queue.take(step('a')), queue.take(step('b'))]);
  await expect(failing).rejects.toThrow('broken');
  expect(await others).toEqual(['a', 'b']);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

it('TurnQueue refuses what comes when too many wait', async () => {
  const queue = new TurnQueue(1);
  const first = Promise.withResolvers<void>();
  const running = queue.take(() => first.promise);
  await Promise.resolve();
  const waiting = queue.take(async () => 'second');
  await expect(queue.take(async () => 'third')).rejects.toMatchObject({ code: Code.Unavailable });
  first.resolve();
  await running;
  expect(await waiting).toBe('second');
});
