import { setImmediate } from 'node:timers/promises';
import { Code, cancelled } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { ThreadGate } from '../../fakes/thread-gate.ts';
import type { Order } from '../../fixtures/workers/obedient.ts';
import { CALL_TIMEOUT_MS, failingPool, obedientPool, RESTART_MS, START_TIMEOUT_MS } from './pool-under-test.ts';

const ECHO: Order = { kind: 'echo', value: 'fine' };

test('a worker that throws fails only the call, and stays', async () => {
  const { pool, events } = obedientPool();
  const failures: [Order, object][] = [
    [{ kind: 'refuse' }, { code: Code.InvalidArgument, message: 'input "x" is refused', details: { input: 'x' } }],
    [{ kind: 'throw' }, { code: Code.Internal, message: 'x is not a function' }],
    [{ kind: 'answer-function' }, { code: Code.Internal, message: expect.stringContaining('could not be cloned') }],
  ];
  for (const [order, error] of failures) {
    await expect(pool.call(order)).rejects.toMatchObject(error);
    expect(await pool.call(ECHO)).toBe('fine');
  }
  expect(events).toEqual([{ kind: 'worker-ready', ready: 1 }]);
});

describe('a worker that dies in a call', () => {
  test('fails that call with UNAVAILABLE and is replaced', async () => {
    const { pool, clock, events } = obedientPool();
    const reason = 'the worker crashed: detached';
    await expect(pool.call({ kind: 'reject-detached' })).rejects.toMatchObject({
      code: Code.Unavailable,
      message: reason,
    });
    expect(events.at(-1)).toEqual({ kind: 'worker-lost', ready: 0, reason, replaceInMs: RESTART_MS });
    const next = pool.call(ECHO);
    clock.advance(RESTART_MS);
    expect(await next).toBe('fine');
  });

  test('is replaced after a longer delay each time, until a call is answered', async () => {
    const { pool, clock, events } = obedientPool();
    for (const [code, delayMs] of [100, 200].entries()) {
      const message = `the worker exited with code ${code}`;
      await expect(pool.call({ kind: 'exit', code })).rejects.toMatchObject({ code: Code.Unavailable, message });
      expect(events.at(-1)).toMatchObject({ replaceInMs: delayMs });
      clock.advance(delayMs);
    }
    await pool.call(ECHO);
    await expect(pool.call({ kind: 'exit', code: 1 })).rejects.toThrow('exited');
    expect(events.at(-1)).toMatchObject({ replaceInMs: 100 });
  });

  test('is replaced when it is out of memory', async () => {
    const { pool, clock } = obedientPool({ resourceLimits: { maxOldGenerationSizeMb: 16 } });
    await expect(pool.call({ kind: 'exhaust-memory' })).rejects.toMatchObject({
      code: Code.Unavailable,
      message: expect.stringContaining('memory limit'),
    });
    clock.advance(RESTART_MS);
    expect(await pool.call(ECHO)).toBe('fine');
  });

  test('leaves the calls of the other workers alone', async () => {
    const { pool } = obedientPool({ size: 2 });
    const gate = new ThreadGate();
    const neighbour = pool.call({ kind: 'pass', gate: gate.cells });
    await gate.entered();
    await expect(pool.call({ kind: 'exit', code: 1 })).rejects.toMatchObject({ code: Code.Unavailable });
    gate.open();
    expect(await neighbour).toBe('passed');
    expect(await pool.call(ECHO)).toBe('fine');
  });
});

test('a worker that crashes between calls is replaced and costs no call', async () => {
  const { pool, clock, happened } = obedientPool();
  expect(await pool.call({ kind: 'crash-afterwards' })).toBe('before');
  await happened('worker-lost', 1);
  clock.advance(RESTART_MS);
  expect(await pool.call(ECHO)).toBe('fine');
});

test('workers stuck in native code are replaced only up to a bound, and again when one comes back', async () => {
  const { pool, clock, happened } = obedientPool({ maxStuckThreads: 0 });
  await pool.ready;
  const stuck = pool.call({ kind: 'go-deaf' });
  clock.advance(CALL_TIMEOUT_MS);
  await expect(stuck).rejects.toMatchObject({ code: Code.Unavailable });
  const waiting = pool.call(ECHO);
  clock.advance(RESTART_MS);
  const message = 'lost workers that are stuck in native code: 1; no other is started until one ends';
  await expect(waiting).rejects.toMatchObject({ code: Code.Unavailable, message });
  await expect(pool.call(ECHO)).rejects.toMatchObject({ message });
  await happened('worker-ready', 2);
  expect(await pool.call(ECHO)).toBe('fine');
});

test('a worker inside an addon is not terminated: it ends when it comes out', async () => {
  const { pool } = obedientPool();
  const gate = new ThreadGate();
  const cut = pool.call({ kind: 'pass-in-addon', gate: gate.cells });
  await gate.entered();
  const ended = pool.destroy(cancelled('cut'));
  await expect(cut).rejects.toMatchObject({ message: 'cut' });
  expect(await Promise.race([ended.then(() => 'ended'), setImmediate('inside')])).toBe('inside');
  gate.open();
  await ended;
  expect(gate.left).toBe(1);
});

describe('a worker that never answers', () => {
  test('fails its call with UNAVAILABLE after the timeout and is replaced', async () => {
    const { pool, clock } = obedientPool();
    const gate = new ThreadGate();
    const hung = pool.call({ kind: 'pass', gate: gate.cells });
    await gate.entered();
    clock.advance(CALL_TIMEOUT_MS - 1);
    expect(pool.readyWorkers).toBe(1);
    clock.advance(1);
    await expect(hung).rejects.toMatchObject({
      code: Code.Unavailable,
      message: 'the worker did not answer within 1000 ms',
    });
    clock.advance(RESTART_MS);
    expect(await pool.call(ECHO)).toBe('fine');
  });

  test('has ended when the pool has', async () => {
    const { pool, clock } = obedientPool();
    const gate = new ThreadGate();
    const hung = expect(pool.call({ kind: 'pass', gate: gate.cells })).rejects.toThrow('did not answer');
    await gate.entered();
    clock.advance(CALL_TIMEOUT_MS);
    await hung;
    await pool.close();
    expect(gate.open()).toBe(0);
  });
});

describe('a worker that does not start', () => {
  test.each([
    ['report' as const, Code.DataLoss, 'model file "m.onnx" is truncated'],
    ['throw' as const, Code.Unavailable, 'the worker crashed: no such library'],
    ['exit' as const, Code.Unavailable, 'the worker exited with code 3'],
  ])('rejects ready and is not started again: %s', async (failure, code, message) => {
    const { pool, clock, starts } = failingPool(failure);
    const waiting = expect(pool.call('x')).rejects.toMatchObject({ message });
    await expect(pool.ready).rejects.toMatchObject({ code, message });
    await waiting;
    await expect(pool.call('x')).rejects.toMatchObject({ code: Code.Unavailable });
    expect([starts[0], clock.armed]).toEqual([1, 0]);
    await pool.close();
  });

  test('rejects ready when it takes too long', async () => {
    const { pool, clock } = failingPool('never-ready');
    clock.advance(START_TIMEOUT_MS);
    await expect(pool.ready).rejects.toMatchObject({
      code: Code.Unavailable,
      message: 'the worker was not ready within 5000 ms',
    });
  });

  test('rejects ready when its entry does not exist', async () => {
    const { pool } = obedientPool({ entry: new URL('./no-such-worker.ts', import.meta.url) });
    await expect(pool.ready).rejects.toMatchObject({
      code: Code.Unavailable,
      message: expect.stringContaining('no-such-worker.ts'),
    });
  });

  test('rejects ready when its workerData cannot be cloned', async () => {
    const { pool } = obedientPool({ workerData: () => undefined, size: 2 });
    await expect(pool.ready).rejects.toMatchObject({ code: Code.Internal });
  });

  test('is tried again as a replacement with growing delays, which calls wait for maxFailedStarts times', async () => {
    const successes = [true, false, false, false, true];
    const { pool, clock, events, starts, happened } = failingPool('report', successes, { maxFailedStarts: 2 });
    await expect(pool.call('x')).rejects.toMatchObject({ message: 'the worker exited with code 7' });
    const waiting = expect(pool.call('x')).rejects.toMatchObject({
      code: Code.Unavailable,
      message: 'no worker is left, and their replacements do not start',
    });
    for (const [lost, delayMs] of [100, 200, 400].entries()) {
      await happened('worker-lost', lost + 1);
      clock.advance(delayMs);
    }
    await waiting;
    const delays = events.flatMap((event) => (event.kind === 'worker-lost' ? [event.replaceInMs] : []));
    expect(delays).toEqual([100, 200, 400, 800]);
    await expect(pool.call('x')).rejects.toThrow('no worker is left');
    clock.advance(800);
    await happened('worker-ready', 2);
    await expect(pool.call('x')).rejects.toThrow('exited with code 7'); // what this worker does with every call
    expect(starts[0]).toBe(5);
  });

  test('is counted anew after a replacement became ready', async () => {
    const { pool, clock, events, happened } = failingPool('report', [true, false, true], { maxFailedStarts: 1 });
    await expect(pool.call('x')).rejects.toThrow('exited');
    clock.advance(100);
    await happened('worker-lost', 2);
    clock.advance(200);
    await expect(pool.call('x')).rejects.toThrow('exited');
    clock.advance(400);
    await happened('worker-lost', 4);
    expect(events.at(-1)).toMatchObject({ reason: 'model file "m.onnx" is truncated', replaceInMs: 800 });
  });
});
