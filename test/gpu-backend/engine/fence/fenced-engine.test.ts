import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type AnyTensor, ARRAY_OF, Code, type DType, NO_RETRY, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../../../gpu-backend/src/engine/engine.ts';
import { fencedEngine } from '../../../../gpu-backend/src/engine/fence/fenced-engine.ts';
import { CPU } from '../../../contract/engine.contract.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { FRAGILE } from '../../../fakes/fragile-engine.ts';
import { EDGE_VALUES, fp32, named, valuesOf } from '../../../support/tensors.ts';

const NOTHING = new Map();

const load = (path: string, clock = new FakeClock()): Promise<Session> =>
  fencedEngine('fragile', FRAGILE, { environmentOf: () => ({}), clock }).load({ format: 'saved_model', path }, CPU);
const runsOf = async (session: Session) => valuesOf(await session.run('count', NOTHING), 'runs');

const EVERY_DTYPE = [...Object.keys(ARRAY_OF), 'STRING'] as readonly DType[];
const CRASH = { code: Code.Unavailable, details: NO_RETRY, message: "the engine's process was ended by SIGSEGV" };

describe('fencedEngine', () => {
  it('has the signatures and the answers of its engine, in buffers that can be moved', async () => {
    await using session = await load('model');
    const inputs = named(
      Object.fromEntries(EVERY_DTYPE.map((dtype) => [dtype, tensor(dtype, [2], EDGE_VALUES[dtype]) as AnyTensor])),
    );
    const outputs = await session.run('echo', inputs);
    expect([...session.signatures.keys()]).toEqual(['echo']);
    expect(outputs).toEqual(inputs);
    for (const { dtype, data } of outputs.values()) {
      expect(dtype === 'STRING' || data.byteLength === data.buffer.byteLength).toBe(true);
    }
  });

  it('passes on what its engine refuses, and runs the next call in the same process', async () => {
    await using session = await load('model');
    await expect(session.run('refuse', NOTHING)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: 'no such value',
      details: { input: 'x' },
    });
    expect(await runsOf(session)).toEqual([2]);
  });

  it.each([
    ['refuse', { code: Code.InvalidArgument, message: 'the model is no model' }],
    ['crash', { code: Code.Unavailable, message: "the engine's process was ended by SIGKILL" }],
  ])('rejects a model whose load ends with %s', async (path, expected) => {
    await expect(load(path)).rejects.toMatchObject(expected);
  });

  it('fails the runs of a process that crashes, and none of another session', async () => {
    await using session = await load('model');
    await using other = await load('model');
    const running = [session.run('hang', NOTHING), session.run('crash', NOTHING)];
    for (const run of await Promise.allSettled(running)) {
      expect(run).toMatchObject({ status: 'rejected', reason: CRASH });
    }
    expect(await runsOf(other)).toEqual([1]);
  });

  it.each([
    ['crash', CRASH.message],
    ['exit', "the engine's process exited with code 3"],
  ])('loads the model again after a run ended with %s', async (ending, message) => {
    await using session = await load('model');
    await expect(session.run(ending, NOTHING)).rejects.toMatchObject({ code: Code.Unavailable, message });
    expect(await runsOf(session)).toEqual([1]);
  });

  it('waits longer after each crash in a row, until a run is answered', async () => {
    const clock = new FakeClock();
    await using session = await load('model', clock);
    const crash = () => expect(session.run('crash', NOTHING)).rejects.toMatchObject(CRASH);
    const refused = (ms: number) =>
      expect(session.run('count', NOTHING)).rejects.toMatchObject({
        code: Code.Unavailable,
        details: {},
        message: expect.stringMatching(new RegExp(`in a row, it is not started again for ${ms} ms$`)),
      });
    await crash();
    await crash();
    await refused(100);
    clock.advance(99);
    await refused(1);
    clock.advance(1);
    await crash();
    await refused(200);
    clock.advance(200);
    expect(await runsOf(session)).toEqual([1]);
    await crash();
    expect(await runsOf(session)).toEqual([1]);
  });

  it('has a process that ends with this one', async () => {
    const script = fileURLToPath(new URL('../../../fakes/fenced-parent.ts', import.meta.url));
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
    parent.stderr.resume();
    await once(parent.stdout, 'data'); // a run is under way
    parent.kill('SIGKILL');
    await once(parent, 'close'); // nobody has its standard error any more, which the child shares
  });

  it('finishes running calls before it ends its process, and refuses the next', async () => {
    const session = await load('model');
    const running = session.run('echo', named({ x: fp32([1], 4) }));
    await session[Symbol.asyncDispose]();
    expect(valuesOf(await running, 'x')).toEqual([4]);
    await expect(session.run('echo', NOTHING)).rejects.toMatchObject({ code: Code.FailedPrecondition });
  });
});
