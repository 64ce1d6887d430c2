import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { Code, type DType, PREDICT_METHOD, tensor } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tfjsEngine } from '../../../../gpu-backend/src/engine/tfjs/tfjs-engine.ts';
import { tfjsRuntime } from '../../../../gpu-backend/src/engine/tfjs/tfjs-runtime.ts';
import type { TfjsSession } from '../../../../gpu-backend/src/engine/tfjs/tfjs-session.ts';
import { CPU, describeEngine } from '../../../contract/engine.contract.ts';
import { expectTensorsClose } from '../../../support/compare-tensors.ts';
import { fp32, int64, named, strings } from '../../../support/tensors.ts';
import {
  copyOfTfjsModel,
  type ModelObject,
  TFJS_MODELS,
  tfjsArtifact,
  tfjsCases,
} from '../../../support/tfjs-models.ts';

const load = (name: string): Promise<TfjsSession> => tfjsEngine.load(tfjsArtifact(name), CPU) as Promise<TfjsSession>;

const IDENTITIES: Readonly<Record<string, DType>> = {
  float32: 'FP32',
  int32: 'INT32',
  uint8: 'UINT8',
  int8: 'INT8',
  bool: 'BOOL',
  string: 'STRING',
};

describeEngine('tfjsEngine', {
  engine: tfjsEngine,
  halfPlusTwo: tfjsArtifact('half_plus_two'),
  addSub: tfjsArtifact('add_sub'),
  identity: new Map(Object.entries(IDENTITIES).map(([name, dtype]) => [dtype, tfjsArtifact(`identity_${name}`)])),
  broken: [tfjsArtifact('unknown_ops'), tfjsArtifact('missing'), tfjsArtifact('half_precision')],
});

const GOLDEN = TFJS_MODELS.filter((name) => !['unknown_ops', 'half_precision'].includes(name));

describe('tfjsEngine', () => {
  /** Kernels of WebAssembly sum in another order than TensorFlow's. */
  const TOLERANCE = { rtol: 1e-5, atol: 1e-6 };

  it.each(GOLDEN)('answers as TensorFlow does: %s', async (name) => {
    await using session = await load(name);
    for (const { inputs, outputs } of tfjsCases(name)) {
      const answer = await session.run('serving_default', inputs);
      expect([...answer.keys()].toSorted()).toEqual([...outputs.keys()].toSorted());
      for (const [output, expected] of outputs) {
        expectTensorsClose(answer.get(output), expected, TOLERANCE);
      }
    }
  });

  it('names the inputs and outputs of a layers model by its layers', async () => {
    await using session = await load('keras_mlp');
    expect(session.signatures.get('serving_default')).toEqual({
      name: 'serving_default',
      methodName: PREDICT_METHOD,
      inputs: new Map([['features', { name: 'features', dtype: 'FP32', shape: [null, 4] }]]),
      outputs: new Map([['scores', { name: 'scores', dtype: 'FP32', shape: [null, 3] }]]),
    });
  });

  it('computes in WebAssembly', async () => {
    await using session = await load('fused_conv');
    expect(session).toMatchObject({ backend: 'wasm', fallback: undefined });
  });

  it('computes the whole model in JavaScript when WebAssembly lacks an operator, and says so', async () => {
    await using session = await load('einsum');
    expect(session).toMatchObject({ backend: 'cpu', fallback: expect.stringContaining("Kernel 'Einsum'") });
  });

  it('finds a missing operator in a branch that zeros do not take when a request takes it', async () => {
    await using session = await load('branch');
    const [negative, positive] = tfjsCases('branch');
    await session.run('serving_default', negative!.inputs);
    expect(session.backend).toBe('wasm');
    const answer = await session.run('serving_default', positive!.inputs);
    expect(session.backend).toBe('cpu');
    expectTensorsClose(answer.get('y'), positive!.outputs.get('y')!, TOLERANCE);
  });

  it('lists all the ops that TensorFlow.js does not have', async () => {
    await expect(load('unknown_ops')).rejects.toMatchObject({
      code: Code.Unimplemented,
      message: 'model file model.json cannot be loaded: TensorFlow.js has no ops Betainc, Igamma',
    });
  });

  it('refuses float16, which it would compute in float32', async () => {
    await expect(load('half_precision')).rejects.toMatchObject({
      code: Code.Unimplemented,
      message: expect.stringContaining('"x" has dtype FP16'),
    });
  });

  it.each([2n ** 31n, -(2n ** 31n) - 1n, 2n ** 40n, 2n ** 32n])('refuses the INT64 %s', async (value) => {
    await using session = await load('identity_int64');
    await expect(session.run('serving_default', named({ x: int64([1, 2], 1n, value) }))).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: `input "x" has the value ${value}, TensorFlow.js computes INT64 in 32 bits`,
    });
  });

  it('carries every INT64 of 32 bits', async () => {
    await using session = await load('identity_int64');
    const x = int64([1, 3], -(2n ** 31n), 0n, 2n ** 31n - 1n);
    expect((await session.run('serving_default', named({ x }))).get('y')).toEqual(x);
  });

  it('keeps strings as bytes, which outputs do not share with inputs', async () => {
    await using session = await load('identity_string');
    const x = tensor('STRING', [1, 2], [Uint8Array.of(0xff, 0xfe), new Uint8Array(0)]);
    const y = (await session.run('serving_default', named({ x }))).get('y') as typeof x;
    expect(y).toEqual(x);
    expect(y.data[0]?.buffer).not.toBe(x.data[0]?.buffer);
  });

  it('does not keep what was run or loaded, whether it worked or not', async () => {
    const { core } = await tfjsRuntime();
    const before = core.memory();
    for (const name of ['fused_conv', 'loop', 'einsum', 'keras_lstm', 'branch']) {
      await using session = await load(name);
      for (const { inputs } of tfjsCases(name)) {
        await session.run('serving_default', inputs);
      }
      const held = core.memory().numTensors;
      for (const { inputs } of tfjsCases(name)) {
        await session.run('serving_default', inputs);
      }
      await expect(session.run('serving_default', named({ x: strings([1], 'no') }))).rejects.toThrow();
      expect(core.memory().numTensors).toBe(held);
    }
    await expect(load('unknown_ops')).rejects.toThrow();
    expect(core.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });

  it('runs several models on one thread at the same time', async () => {
    await using loop = await load('loop');
    await using einsum = await load('einsum');
    const runs = ['loop', 'einsum', 'loop', 'einsum'].flatMap((name) => {
      const session = name === 'loop' ? loop : einsum;
      return tfjsCases(name).map(async ({ inputs, outputs }) => {
        const answer = await session.run('serving_default', inputs);
        for (const [output, expected] of outputs) {
          expectTensorsClose(answer.get(output), expected, TOLERANCE);
        }
      });
    });
    await Promise.all(runs);
  });

  it('leaves uncaught errors to the process', async () => {
    await tfjsRuntime();
    const listeners = [...process.rawListeners('uncaughtException'), ...process.rawListeners('unhandledRejection')];
    expect(listeners.filter((listener) => listener.toString().includes('ExitStatus'))).toEqual([]);
  });
});

describe('tfjsEngine in a worker thread', () => {
  it('loads and runs', async () => {
    const worker = new Worker(new URL('../../../fixtures/workers/tfjs-worker.ts', import.meta.url), {
      workerData: tfjsArtifact('half_plus_two').path,
    });
    const answer = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    expect(answer).toEqual(Float32Array.of(2.5, 3));
  });
});

describe('tfjsEngine with a broken model', () => {
  let copy: Awaited<ReturnType<typeof copyOfTfjsModel>>;
  beforeAll(async () => {
    copy = await copyOfTfjsModel('fused_conv');
  });
  afterAll(async () => {
    await copy[Symbol.asyncDispose]();
  });

  const weights = (model: ModelObject) => model.weightsManifest[0]!.weights;
  const node = (model: ModelObject, op: string) => model.modelTopology.node.find((one) => one.op === op)!;

  const EDITS: readonly {
    readonly name: string;
    readonly edit: (model: ModelObject) => unknown;
    readonly code: Code;
    readonly says: string;
  }[] = [
    { name: 'no topology', edit: () => ({}), code: Code.DataLoss, says: 'modelTopology' },
    { name: 'an array', edit: () => [], code: Code.DataLoss, says: 'the whole file' },
    {
      name: 'another format',
      edit: (m) => {
        m.format = 'tf-hub';
      },
      code: Code.Unimplemented,
      says: '"tf-hub"',
    },
    {
      name: 'no signature',
      edit: (m) => {
        delete m.signature;
      },
      code: Code.Unimplemented,
      says: 'no signature',
    },
    {
      name: 'a shape larger than the file',
      edit: (m) => {
        weights(m)[0]!.shape = [1e6, 1e6];
      },
      code: Code.DataLoss,
      says: 'end at byte 304',
    },
    {
      name: 'a shape whose product is no number',
      edit: (m) => {
        weights(m)[0]!.shape = [...new Array(30).fill(9e15), 0];
      },
      code: Code.DataLoss,
      says: 'end at byte 304',
    },
    {
      name: 'a shape smaller than the file',
      edit: (m) => {
        weights(m)[0]!.shape = [1];
      },
      code: Code.DataLoss,
      says: 'the manifest describes',
    },
    {
      name: 'a negative dimension',
      edit: (m) => {
        weights(m)[0]!.shape = [-3];
      },
      code: Code.DataLoss,
      says: 'weightsManifest.0.weights.0.shape.0',
    },
    {
      name: 'strings longer than the file',
      edit: (m) => {
        weights(m)[0]!.dtype = 'string';
      },
      code: Code.DataLoss,
      says: 'within',
    },
    {
      name: 'an unknown quantisation',
      edit: (m) => {
        weights(m)[0]!.quantization = { dtype: 'int4' };
      },
      code: Code.DataLoss,
      says: 'quantization',
    },
    ...['../secret.bin', '/etc/passwd', 'a/../../b.bin', '', '..\\b.bin'].map((path) => ({
      name: `the path "${path}"`,
      edit: (m: ModelObject) => {
        m.weightsManifest[0]!.paths[0] = path;
      },
      code: Code.DataLoss,
      says: 'not in the directory of the model',
    })),
    {
      name: 'a path to nothing',
      edit: (m) => {
        m.weightsManifest[0]!.paths[0] = 'gone.bin';
      },
      code: Code.DataLoss,
      says: 'gone.bin cannot be read',
    },
    {
      name: 'a directory for weights',
      edit: (m) => {
        m.weightsManifest[0]!.paths[0] = '.';
      },
      code: Code.DataLoss,
      says: 'is not a file',
    },
    {
      name: 'an input that no node is',
      edit: (m) => {
        node(m, '_FusedConv2D').input![0] = 'nowhere';
      },
      code: Code.InvalidArgument,
      says: 'cannot be loaded',
    },
    {
      name: 'a signature of nodes that are not there',
      edit: (m) => {
        node(m, 'Identity').name = 'Other';
      },
      code: Code.InvalidArgument,
      says: '"Identity", which the graph does not have',
    },
    {
      name: 'a key that would be a prototype',
      edit: (m) => ({ ...m, extra: JSON.parse('{"__proto__": {"x": 1}}') }),
      code: Code.DataLoss,
      says: '__proto__',
    },
    {
      name: 'a layer that TensorFlow.js does not have',
      edit: () => ({
        modelTopology: {
          class_name: 'Sequential',
          config: {
            layers: [
              { class_name: 'Lambda', config: {} },
              { class_name: 'Bidirectional', config: { layer: { class_name: 'Mine' } } },
            ],
          },
        },
      }),
      code: Code.Unimplemented,
      says: 'no layers Lambda, Mine',
    },
  ];

  it.each(EDITS)('refuses $name', async ({ edit, code, says }) => {
    await using broken = await copyOfTfjsModel('fused_conv');
    await broken.edit(edit);
    await expect(tfjsEngine.load(broken.artifact, CPU)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^model file model\.json /),
    });
    await expect(tfjsEngine.load(broken.artifact, CPU)).rejects.toThrow(says);
  });

  it.each([
    ['no JSON', '{"modelTopology": '],
    ['deep arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['deep objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['nothing', ''],
  ])('refuses %s with DATA_LOSS', async (_name, text) => {
    await using broken = await copyOfTfjsModel('half_plus_two');
    await writeFile(broken.artifact.path, text);
    await expect(tfjsEngine.load(broken.artifact, CPU)).rejects.toMatchObject({ code: Code.DataLoss });
  });

  it('refuses a shard that lost its end, with file and weight', async () => {
    await using broken = await copyOfTfjsModel('fused_conv');
    const path = join(broken.directory, 'group1-shard4of4.bin');
    await writeFile(path, (await readFile(path)).subarray(1));
    await expect(tfjsEngine.load(broken.artifact, CPU)).rejects.toMatchObject({
      code: Code.DataLoss,
      message: expect.stringMatching(
        /group1-shard4of4\.bin end at byte 303, within ".*" of 16 bytes that begins at 288/,
      ),
    });
  });

  it('refuses a layers model with a layer that has no weights', async () => {
    await using broken = await copyOfTfjsModel('keras_mlp');
    await broken.edit((model) => {
      model.weightsManifest = [];
    });
    await expect(tfjsEngine.load(broken.artifact, CPU)).rejects.toThrow('are not set');
  });

  it.each([1e6, 1e9, 1e12])('refuses %d units, which the weights do not have', async (units) => {
    await using broken = await copyOfTfjsModel('keras_mlp');
    await broken.edit((model) => {
      const topology = model.modelTopology as unknown as Record<string, { config: { layers: { config: object }[] } }>;
      Object.assign(topology['model_config']!.config.layers[1]!.config, { units });
    });
    await expect(tfjsEngine.load(broken.artifact, CPU)).rejects.toMatchObject({
      code: expect.toBeOneOf([Code.ResourceExhausted, Code.InvalidArgument]),
    });
  });

  it('answers after a request that the model refused', async () => {
    await using session = await load('fused_dense');
    await expect(session.run('serving_default', named({ x: fp32([1, 2], 1, 2) }))).rejects.toMatchObject({
      code: Code.InvalidArgument,
    });
    const [, one] = tfjsCases('fused_dense');
    expect((await session.run('serving_default', one!.inputs)).get('y')?.shape).toEqual([1, 5]);
  });
});
