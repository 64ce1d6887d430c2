import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyTensor, Code, type DType, tensor } from '@tensorfleet/core';
import { afterAll, describe, expect, it } from 'vitest';
import { findTfjsNode } from '../../gpu-backend/src/engine/tensorflow/tfjs-node.ts';
import { tfjsNodeEngine } from '../../gpu-backend/src/engine/tensorflow/tfjs-node-engine.ts';
import { CPU, describeEngine } from '../contract/engine.contract.ts';
import { expectTensorsClose } from '../support/compare-tensors.ts';
import { goldensOf, HAS_KIT, KIT_REASON } from '../support/conformance-kit.ts';
import { fp32, int64, named, valuesOf } from '../support/tensors.ts';
import {
  ADD_SUB,
  HALF_PLUS_TWO,
  identityOf,
  type TinySavedModel,
  writeGarbage,
  writeSavedModel,
} from '../support/tiny-saved-model.ts';

const PACKAGE = findTfjsNode();
const REASON = PACKAGE === undefined ? ' (skipped: @tensorflow/tfjs-node is not installed)' : '';
const SCRATCH = mkdtempSync(join(tmpdir(), 'tensorfleet-tfjs-node-'));
afterAll(() => rmSync(SCRATCH, { recursive: true }));

const CARRIED: readonly DType[] = ['BOOL', 'INT32', 'FP32', 'STRING'];
/** Models with tensors that tfjs-node does not carry. */
const REFUSED = new Set(['echo', 'multi_io']);
const write = (name: string, model: TinySavedModel) => writeSavedModel(join(SCRATCH, name), model);

describe.skipIf(PACKAGE === undefined)(`tfjs-node${REASON}`, () => {
  const engine = tfjsNodeEngine(PACKAGE ?? '@tensorflow/tfjs-node');

  describeEngine('tfjsNodeEngine', {
    engine,
    halfPlusTwo: write('half_plus_two', HALF_PLUS_TWO),
    addSub: write('add_sub', ADD_SUB),
    identity: new Map(CARRIED.map((dtype) => [dtype, write(`identity_${dtype}`, identityOf(dtype))])),
    broken: [writeGarbage(join(SCRATCH, 'garbage'))],
  });

  it.each(['FP16', 'FP64', 'BF16', 'UINT64'] as const)('refuses an input of %s with the ways out', async (dtype) => {
    await expect(engine.load(write(`refused_${dtype}`, identityOf(dtype)), CPU)).rejects.toMatchObject({
      code: Code.Unimplemented,
      message: expect.stringMatching(
        new RegExp(`^input "x" of signature "serving_default" has dtype ${dtype}, .*pip install tensorflow`),
      ),
    });
  });

  it('carries INT64 from 0 to 31 bits', async () => {
    await using session = await engine.load(write('int64', identityOf('INT64')), CPU);
    const edges = int64([1, 2], 0n, 2n ** 31n - 1n);
    await expect(session.run('serving_default', named({ x: edges }))).resolves.toEqual(named({ y: edges }));
  });

  it.each([-1n, 2n ** 31n, 2n ** 40n])('refuses the INT64 value %d, which would arrive as another', async (value) => {
    await using session = await engine.load(write('int64', identityOf('INT64')), CPU);
    await expect(session.run('serving_default', named({ x: int64([1, 1], value) }))).rejects.toMatchObject({
      code: Code.Unimplemented,
      message: expect.stringContaining(`input "x" has the INT64 value ${value}, tfjs-node takes 0 to 2147483647`),
    });
  });

  it('loads what is in the directory now, not what it loaded from there before', async () => {
    const double: TinySavedModel = {
      ...HALF_PLUS_TWO,
      nodes: { ...HALF_PLUS_TWO.nodes, half: { op: 'Const', dtype: 'FP32', value: fp32([], 2) } },
    };
    const run = async (model: TinySavedModel) => {
      const session = await engine.load(write('rewritten', model), CPU);
      return { session, y: valuesOf(await session.run('serving_default', named({ x: fp32([1], 4) })), 'y') };
    };
    const before = await run(HALF_PLUS_TWO);
    const after = await run(double);
    await Promise.all([before, after].map(({ session }) => session[Symbol.asyncDispose]()));
    expect([before.y, after.y]).toEqual([[4], [10]]);
  });

  it('answers INVALID_ARGUMENT with the reason when TensorFlow refuses the values', async () => {
    await using session = await engine.load(write('add_sub', ADD_SUB), CPU);
    const a = tensor('INT32', [1, 4], new Int32Array(4)) as AnyTensor;
    const b = tensor('INT32', [3, 2], new Int32Array(6)) as AnyTensor;
    await expect(session.run('serving_default', named({ a, b }))).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: 'TensorFlow cannot run signature "serving_default": Incompatible shapes: [1,4] vs. [3,2]',
    });
  });

  describe.skipIf(!HAS_KIT)(`with the conformance models${KIT_REASON}`, () => {
    const goldens = goldensOf('savedmodel').filter(({ model }) => !REFUSED.has(model));
    it.each(goldens.map((golden) => [`${golden.model} ${golden.version}`, golden] as const))(
      'answers %s as TensorFlow in Python',
      async (_name, { directory, readCases }) => {
        await using session = await engine.load({ format: 'saved_model', path: directory }, CPU);
        for (const one of readCases()) {
          const outputs = await session.run(one.signature, one.inputs);
          for (const [name, expected] of one.outputs) {
            expectTensorsClose(outputs.get(name), expected, one);
          }
        }
      },
    );
  });
});
