import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, PREDICT_METHOD } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertTfjs } from '../../../../gpu-backend/src/engine/conversion/convert-tfjs.ts';
import type { Session } from '../../../../gpu-backend/src/engine/engine.ts';
import { programEngine } from '../../../../gpu-backend/src/engine/program-engine.ts';
import { CPU } from '../../../contract/engine.contract.ts';
import { expectTensorsClose } from '../../../support/compare-tensors.ts';
import { int64, named } from '../../../support/tensors.ts';
import { copyOfTfjsModel, TFJS_MODELS, tfjsCases, tfjsDirectory } from '../../../support/tfjs-models.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tensorfleet-convert-tfjs-'));
});
afterAll(() => rm(root, { recursive: true }));

async function convert(directory: string): Promise<Session> {
  const output = await mkdtemp(join(root, 'output-'));
  await convertTfjs(join(directory, 'model.json'), output);
  return programEngine.load({ format: 'program', path: output }, CPU);
}

const GRAPHS = TFJS_MODELS.filter((name) => !name.startsWith('keras_') && name !== 'unknown_ops');

describe('convertTfjs', () => {
  it.each(GRAPHS)('answers as TensorFlow does: %s', async (name) => {
    await using session = await convert(tfjsDirectory(name));
    for (const { inputs, outputs } of tfjsCases(name)) {
      const answer = await session.run('serving_default', inputs);
      expect([...answer.keys()].toSorted()).toEqual([...outputs.keys()].toSorted());
      for (const [output, expected] of outputs) {
        expectTensorsClose(answer.get(output), expected, { rtol: 1e-5, atol: 1e-6 }); // sums in another order
      }
    }
  });

  it('carries integers of 64 bits, which TensorFlow.js does not', async () => {
    await using session = await convert(tfjsDirectory('identity_int64'));
    const x = int64([1, 2], 2n ** 40n, -(2n ** 63n));
    expect((await session.run('serving_default', named({ x }))).get('y')).toEqual(x);
  });

  it('has the signature of the file', async () => {
    await using session = await convert(tfjsDirectory('half_plus_two'));
    expect(session.signatures.get('serving_default')).toMatchObject({
      methodName: PREDICT_METHOD,
      inputs: new Map([['x', { name: 'x', dtype: 'FP32', shape: [null] }]]),
    });
  });

  it.each([
    ['unknown_ops', 'Igamma (node "Igamma"): this op is not supported; Betainc (node "Betainc")'],
    ['keras_mlp', 'layers model'],
  ])('refuses %s', async (name, text) => {
    await expect(convert(tfjsDirectory(name))).rejects.toMatchObject({
      code: Code.Unimplemented,
      message: expect.stringContaining(text),
    });
  });

  it.each([
    ['without a signature', { signature: undefined, userDefinedMetadata: undefined }, 'no signature'],
    ['that fills tables', { modelInitializer: { node: [] } }, 'fills tables'],
  ])('refuses a graph %s', async (_what, change, text) => {
    await using copy = await copyOfTfjsModel('half_plus_two');
    await copy.edit((model) => ({ ...model, ...change }));
    await expect(convert(copy.directory)).rejects.toMatchObject({
      code: Code.Unimplemented,
      message: expect.stringContaining(text),
    });
  });

  it('refuses weights that cannot be told apart', async () => {
    await using copy = await copyOfTfjsModel('fused_dense');
    await copy.edit((model) => {
      for (const weight of model.weightsManifest.flatMap(({ weights }) => weights)) {
        weight.name = 'same';
      }
    });
    await expect(convert(copy.directory)).rejects.toMatchObject({ code: Code.Unimplemented });
  });
});
