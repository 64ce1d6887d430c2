import { getPriority } from 'node:os';
import { systemClock } from '@tensorfleet/core';
import { expect, it } from 'vitest';
import { createWorkerPool } from '../../../gpu-backend/src/workers/worker-pool.ts';

const ENTRY = new URL('../../fixtures/workers/lowered.ts', import.meta.url);

it.runIf(process.platform === 'linux')('lowerThreadPriority lowers its own thread and no other', async () => {
  const before = getPriority();
  const pool = createWorkerPool<undefined, number>({ entry: ENTRY, callTimeoutMs: 30_000, clock: systemClock });
  expect(await pool.call(undefined)).toBe(10);
  expect(getPriority()).toBe(before);
  await pool.close();
});
