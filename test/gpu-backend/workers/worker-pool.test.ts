import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Code, cancelled, unavailable } from '@tensorfleet/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createWorkerPool } from '../../../gpu-backend/src/workers/worker-pool.ts';
import type { WorkerPoolOptions } from '../../../gpu-backend/src/workers/worker-pool-options.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { ThreadGate } from '../../fakes/thread-gate.ts';
import type { Order } from '../../fixtures/workers/obedient.ts';
import { obedientPool, type PoolUnderTest, startObedientPool } from './pool-under-test.ts';

/** One pool for tests that leave it as it was. */
function usePool(size: number): () => PoolUnderTest<Order> {
  let shared: PoolUnderTest<Order> | undefined;
  beforeAll(async () => {
    shared = startObedientPool({ size });
    const { pool } = shared;
    await pool.ready;
    return () => pool.destroy(cancelled('the tests are over'));
  });
  return () => shared!;
}

describe('WorkerPool calls', () => {
  const shared = usePool(2);

  test('answers with what the worker makes of the payload', async () => {
    const { pool, clock } = shared();
    expect(await pool.call({ kind: 'echo', value: [1, 2n] })).toEqual([1, 2n]);
    expect([pool.readyWorkers, pool.idleWorkers, pool.waitingCalls, clock.armed]).toEqual([2, 2, 0, 0]);
  });

  test('moves transferred buffers and clones the others', async () => {
    const { pool } = shared();
    const [moved, cloned] = [new Uint8Array([1, 2]), new Uint8Array([3])];
    const answer = await pool.call({ kind: 'echo', value: [moved, cloned] }, [moved.buffer]);
    expect(answer).toEqual([new Uint8Array([1, 2]), new Uint8Array([3])]);
    expect([moved.length, cloned.length]).toEqual([0, 1]);
  });

  test('takes a reply of 64 MiB', async () => {
    const { pool } = shared();
    const reply = await pool.call({ kind: 'fill', bytes: 2 ** 26 });
    expect(reply).toBeInstanceOf(ArrayBuffer);
    expect(new Uint8Array(reply as ArrayBuffer).at(-1)).toBe(1); // checked above
  });

  test('runs as many calls at once as it has workers, and the others in order', async () => {
    const { pool } = shared();
    const gates = [new ThreadGate(), new ThreadGate()];
    const ended: string[] = [];
    const calls = gates.map((gate) => pool.call({ kind: 'pass', gate: gate.cells }));
    const waiting = ['third', 'fourth'].map(async (value) => {
      ended.push(String(await pool.call({ kind: 'echo', value })));
    });
    await Promise.all(gates.map((gate) => gate.entered()));
    expect([pool.readyWorkers, pool.idleWorkers, pool.waitingCalls]).toEqual([2, 0, 2]);
    gates[0]!.open();
    await Promise.all(waiting);
    expect(ended).toEqual(['third', 'fourth']);
    gates[1]!.open();
    expect(await Promise.all(calls)).toEqual(['passed', 'passed']);
  });

  test('rejects with UNAVAILABLE when too many calls wait', async () => {
    const { pool } = obedientPool({ maxWaitingCalls: 1 });
    const accepted = pool.call({ kind: 'echo', value: 1 });
    await expect(pool.call({ kind: 'echo', value: 2 })).rejects.toMatchObject({
      code: Code.Unavailable,
      message: '1 calls wait for a worker, the limit is 1',
    });
    expect(await accepted).toBe(1);
  });

  test('rejects with INTERNAL when the payload cannot be cloned, and goes on', async () => {
    const { pool } = shared();
    await expect(pool.call({ kind: 'echo', value: () => undefined })).rejects.toMatchObject({ code: Code.Internal });
    expect(pool.idleWorkers).toBe(2);
    expect(await pool.call({ kind: 'echo', value: 1 })).toBe(1);
  });
});

describe('WorkerPool cancellation', () => {
  const shared = usePool(1);

  test('rejects a waiting call with the reason of its signal and never runs it', async () => {
    const { pool } = shared();
    const [gate, controller] = [new ThreadGate(), new AbortController()];
    const running = pool.call({ kind: 'pass', gate: gate.cells });
    const gone = pool.call({ kind: 'exit', code: 1 }, [], controller.signal);
    controller.abort(cancelled('the client left'));
    await expect(gone).rejects.toMatchObject({ code: Code.Cancelled, message: 'the client left' });
    expect(pool.waitingCalls).toBe(0);
    gate.open();
    expect(await running).toBe('passed');
    expect(await pool.call({ kind: 'echo', value: 1 })).toBe(1);
  });

  test('rejects a running call at once and gives its worker the next call after it answered', async () => {
    const { pool } = shared();
    const [gate, controller] = [new ThreadGate(), new AbortController()];
    const gone = pool.call({ kind: 'pass', gate: gate.cells }, [], controller.signal);
    await gate.entered();
    controller.abort(cancelled('the client left'));
    await expect(gone).rejects.toMatchObject({ code: Code.Cancelled });
    const next = pool.call({ kind: 'echo', value: 1 });
    expect(pool.idleWorkers).toBe(0);
    gate.open();
    expect(await next).toBe(1);
  });

  test('rejects a call whose signal has aborted before', async () => {
    const { pool } = shared();
    const signal = AbortSignal.abort(cancelled('gone'));
    await expect(pool.call({ kind: 'echo', value: 1 }, [], signal)).rejects.toMatchObject({ code: Code.Cancelled });
    expect(pool.waitingCalls).toBe(0);
  });

  test('leaves no listener on the signal', async () => {
    const { pool } = shared();
    const { signal } = new AbortController();
    await pool.call({ kind: 'echo', value: 1 }, [], signal);
    await expect(pool.call({ kind: 'throw' }, [], signal)).rejects.toThrow();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('WorkerPool close', () => {
  test('refuses new calls, finishes running and waiting ones, then resolves', async () => {
    const { pool } = obedientPool();
    const gate = new ThreadGate();
    const accepted = [pool.call({ kind: 'pass', gate: gate.cells }), pool.call({ kind: 'echo', value: 1 })];
    await gate.entered();
    const closing = pool.close();
    await expect(pool.call({ kind: 'echo', value: 2 })).rejects.toMatchObject({
      code: Code.Unavailable,
      message: 'the worker pool is closed',
    });
    gate.open();
    expect(await Promise.all(accepted)).toEqual(['passed', 1]);
    await closing;
    expect(pool.readyWorkers).toBe(0);
    await pool.close();
  });

  test('ends a pool that is starting, whose ready rejects with UNAVAILABLE', async () => {
    const { pool, clock } = obedientPool();
    await pool.close();
    await expect(pool.ready).rejects.toMatchObject({ code: Code.Unavailable, message: 'the worker pool is closed' });
    expect(clock.armed).toBe(0);
  });

  test('resolves when the last accepted call cannot be posted', async () => {
    const { pool } = obedientPool();
    const accepted = expect(pool.call({ kind: 'echo', value: () => undefined })).rejects.toThrow('could not be cloned');
    await pool.close();
    await accepted;
  });

  test('replaces a lost worker for the calls accepted before', async () => {
    const { pool, clock, happened } = obedientPool();
    const lost = pool.call({ kind: 'exit', code: 1 });
    const accepted = pool.call({ kind: 'echo', value: 1 });
    const closing = pool.close();
    await expect(lost).rejects.toMatchObject({ code: Code.Unavailable });
    await happened('worker-lost', 1);
    clock.advance(100);
    expect(await accepted).toBe(1);
    await closing;
  });

  test('does not replace a worker that is lost in its last call', async () => {
    const { pool, clock } = obedientPool();
    const lost = pool.call({ kind: 'exit', code: 1 });
    const closing = pool.close();
    await expect(lost).rejects.toMatchObject({ code: Code.Unavailable });
    await closing;
    expect(clock.armed).toBe(0);
  });
});

describe('WorkerPool destroy', () => {
  test('fails running and waiting calls with the reason, also during close', async () => {
    const { pool, clock } = obedientPool();
    const gate = new ThreadGate();
    const calls = [pool.call({ kind: 'pass', gate: gate.cells }), pool.call({ kind: 'echo', value: 1 })];
    const failures = calls.map((call) => expect(call).rejects.toMatchObject({ message: 'the drain took too long' }));
    await gate.entered();
    const closing = pool.close();
    await pool.destroy(unavailable('the drain took too long'));
    await Promise.all([...failures, closing, pool.destroy(cancelled('again'))]);
    expect([pool.readyWorkers, pool.waitingCalls, clock.armed]).toEqual([0, 0, 0]);
    await expect(pool.call({ kind: 'echo', value: 1 })).rejects.toMatchObject({ code: Code.Unavailable });
  });
});

test('WorkerPool does not keep a process alive whose calls are done', async () => {
  const script = fileURLToPath(new URL('../../fixtures/workers/idle-process.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  expect(stdout).toBe('answered\n');
});

test.each<[Partial<WorkerPoolOptions>, string]>([
  [{ size: 0 }, 'size must be an integer of at least 1; was 0'],
  [{ size: 1.5 }, 'size must be an integer of at least 1; was 1.5'],
  [{ callTimeoutMs: 0 }, 'callTimeoutMs must be a positive number of milliseconds; was 0'],
  [{ startTimeoutMs: Number.NaN }, 'startTimeoutMs must be a positive number of milliseconds; was NaN'],
  [{ maxWaitingCalls: -1 }, 'maxWaitingCalls must be an integer of at least 0; was -1'],
  [{ maxFailedStarts: -1 }, 'maxFailedStarts must be an integer of at least 0; was -1'],
])('createWorkerPool refuses %j', (options, message) => {
  const entry = new URL('file:///nowhere.ts');
  expect(() => createWorkerPool({ entry, clock: new FakeClock(), ...options })).toThrow(
    expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
  );
});
