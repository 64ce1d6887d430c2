import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyTensor, ARRAY_OF, Code, type DType, tensor } from '@tensorfleet/core';
import { afterAll, describe, expect, it } from 'vitest';
import { libtensorflowEngine } from '../../gpu-backend/src/engine/tensorflow/libtensorflow-engine.ts';
import { CPU, describeEngine } from '../contract/engine.contract.ts';
import { expectTensorsClose } from '../support/compare-tensors.ts';
import { goldensOf, HAS_KIT, KIT, KIT_REASON } from '../support/conformance-kit.ts';
import { TENSORFLOW, TENSORFLOW_REASON } from '../support/tensorflow.ts';
import { fp32, int64, named, valuesOf } from '../support/tensors.ts';
import {
  ADD_SUB,
  HALF_PLUS_TWO,
  identityOf,
  type TinySavedModel,
  writeGarbage,
  writeSavedModel,
} from '../support/tiny-saved-model.ts';

const DTYPES = [...Object.keys(ARRAY_OF), 'STRING'] as readonly DType[];
const SCRATCH = mkdtempSync(join(tmpdir(), 'tensorfleet-libtensorflow-'));
afterAll(() => rmSync(SCRATCH, { recursive: true }));

const write = (name: string, model: TinySavedModel) => writeSavedModel(join(SCRATCH, name), model);
const kitModel = (name: string) => ({ format: 'saved_model', path: join(KIT, 'repository', name) }) as const;
const engine = libtensorflowEngine(TENSORFLOW ?? { framework: '', library: '' });

describe.skipIf(TENSORFLOW === undefined)(`libtensorflow${TENSORFLOW_REASON}`, () => {
  describeEngine('libtensorflowEngine', {
    engine,
    halfPlusTwo: write('half_plus_two', HALF_PLUS_TWO),
    addSub: write('add_sub', ADD_SUB),
    identity: new Map(DTYPES.map((dtype) => [dtype, write(`identity_${dtype}`, identityOf(dtype))])),
    broken: [writeGarbage(join(SCRATCH, 'garbage'))],
  });

  it('takes several runs of one session at once', async () => {
    await using session = await engine.load(write('half_plus_two', HALF_PLUS_TWO), CPU);
    const runs = Array.from({ length: 20 }, (_, index) =>
      session.run('serving_default', named({ x: fp32([1], index) })),
    );
    const answers = (await Promise.all(runs)).map((outputs) => valuesOf(outputs, 'y'));
    expect(answers).toEqual(runs.map((_, index) => [index * 0.5 + 2]));
  });

  it('finishes running calls before it unloads, and refuses the next', async () => {
    const session = await engine.load(write('half_plus_two', HALF_PLUS_TWO), CPU);
    const inputs = named({ x: fp32([1], 4) });
    const running = session.run('serving_default', inputs);
    await session[Symbol.asyncDispose]();
    expect(valuesOf(await running, 'y')).toEqual([4]);
    await expect(session.run('serving_default', inputs)).rejects.toMatchObject({ code: Code.FailedPrecondition });
  });

  it.each([0, 1, 22, 23, 100_000])('carries strings of %i bytes, whatever they hold', async (length) => {
    await using session = await engine.load(write('identity_STRING', identityOf('STRING')), CPU);
    const text = Uint8Array.from({ length }, (_, index) => 255 - (index % 256));
    const input: AnyTensor = tensor('STRING', [1, 2], [text, new Uint8Array(0)]);
    await expect(session.run('serving_default', named({ x: input }))).resolves.toEqual(named({ y: input }));
  });

  it('answers with the input where an output is one', async () => {
    await using session = await engine.load(
      write('through', { ...identityOf('FP32'), outputs: { x: [null, null], y: [null, null] } }),
      CPU,
    );
    const x = fp32([1, 1], 7);
    await expect(session.run('serving_default', named({ x }))).resolves.toEqual(named({ x, y: x }));
  });

  it('fills inputs that have a default, and misses others by name', async () => {
    const b = tensor('INT32', [1, 4], Int32Array.of(1, 2, 3, 4)) as AnyTensor;
    await using session = await engine.load(write('defaults', { ...ADD_SUB, defaults: { b } }), CPU);
    const outputs = await session.run('serving_default', named({ a: b }));
    expect(valuesOf(outputs, 'sum')).toEqual([2, 4, 6, 8]);
    await expect(session.run('serving_default', named({ b }))).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: 'signature "serving_default" wants input "a"',
    });
  });

  it("keeps TensorFlow's code and reason, without the names of nodes", async () => {
    await using session = await engine.load(write('add_sub', ADD_SUB), CPU);
    const a = tensor('INT32', [1, 4], new Int32Array(4)) as AnyTensor;
    const b = tensor('INT32', [3, 2], new Int32Array(6)) as AnyTensor;
    await expect(session.run('serving_default', named({ a, b }))).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: 'TensorFlow cannot run signature "serving_default": Incompatible shapes: [1,4] vs. [3,2]',
    });
  });

  it('refuses a graph that has not what its signature names', async () => {
    const { nodes, ...rest } = HALF_PLUS_TWO;
    const model = { ...rest, nodes: { ...nodes, gone: { op: 'NoOp', dtype: 'FP32' } as const }, outputs: { gone: [] } };
    await expect(engine.load(write('gone', model), CPU)).rejects.toMatchObject({
      code: Code.DataLoss,
      message: 'the graph has no tensor "gone:0", which the signature names for "gone"',
    });
  });

  it('refuses tags that no graph has', async () => {
    const artifact = { ...write('half_plus_two', HALF_PLUS_TWO), tags: ['train'] };
    await expect(engine.load(artifact, CPU)).rejects.toMatchObject({ code: Code.NotFound });
  });

  describe.skipIf(!HAS_KIT)(`with the conformance models${KIT_REASON}`, () => {
    it.each(goldensOf('savedmodel').map((golden) => [`${golden.model} ${golden.version}`, golden] as const))(
      'answers %s as TensorFlow in Python',
      async (_name, { directory, readCases }) => {
        await using session = await engine.load({ format: 'saved_model', path: directory }, CPU);
        for (const one of readCases()) {
          const outputs = await session.run(one.signature, one.inputs);
          expect([...outputs.keys()].toSorted()).toEqual([...one.outputs.keys()].toSorted());
          for (const [name, expected] of one.outputs) {
            expectTensorsClose(outputs.get(name), expected, one);
          }
        }
      },
    );

    it('keeps the state of a model between calls, for each session its own', async () => {
      await using first = await engine.load(kitModel('counter/1'), CPU);
      await using second = await engine.load(kitModel('counter/1'), CPU);
      const add = (delta: bigint) => named({ delta: int64([], delta) });
      await first.run('serving_default', add(2n ** 53n));
      const total = await first.run('serving_default', add(1n));
      expect(total.get('total')?.data).toEqual(BigInt64Array.of(2n ** 53n + 1n));
      expect(valuesOf(await second.run('serving_default', add(5n)), 'total')).toEqual([5]);
    });

    it('keeps the state of reference variables, as TensorFlow 1 has them', async () => {
      await using session = await engine.load(kitModel('counter_v1/123'), CPU);
      await session.run('incr_counter', new Map());
      await session.run('incr_counter_by', named({ delta: fp32([], 2.5) }));
      expect(valuesOf(await session.run('get_counter', new Map()), 'output')).toEqual([3.5]);
    });

    it('ends a run that takes longer than it may', async () => {
      const impatient = libtensorflowEngine(TENSORFLOW!, { runTimeoutMs: 20 });
      await using session = await impatient.load(kitModel('echo/1'), CPU);
      const [[name] = ['']] = session.signatures.get('slow')!.inputs;
      const spec = session.signatures.get('slow')!.inputs.get(name)!;
      const input = { ...fp32([1], 1), dtype: spec.dtype } as AnyTensor;
      await expect(session.run('slow', new Map([[name, input]]))).rejects.toMatchObject({
        code: Code.DeadlineExceeded,
      });
    });
  });
});
