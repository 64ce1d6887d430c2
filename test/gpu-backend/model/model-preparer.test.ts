import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Code,
  dataLoss,
  invalidArgument,
  resourceExhausted,
  type StatusError,
  unavailable,
  unimplemented,
  version,
} from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineSetting } from '../../../gpu-backend/src/model/engine-choice.ts';
import {
  createModelPreparer,
  type ModelPreparerOptions,
  type PreparedModel,
} from '../../../gpu-backend/src/model/model-preparer.ts';

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tensorfleet-prepare-'));
});
afterAll(() => rm(root, { recursive: true }));

const REFUSAL = unimplemented('node "n": op Foo is not supported', { ops: 'Foo' });

interface Case {
  readonly files?: readonly string[];
  readonly content?: string;
  readonly own?: EngineSetting;
  /** What the conversion rejects with. */
  readonly refusal?: StatusError;
  readonly tensorflow?: boolean;
  readonly options?: Partial<ModelPreparerOptions>;
}

interface Prepared {
  readonly directory: string;
  /** Leases that are open. */
  readonly leases: () => number;
  readonly result: Promise<PreparedModel>;
}

async function prepare({
  files = ['saved_model.pb'],
  content = 'x',
  own,
  refusal,
  tensorflow = false,
  options,
}: Case): Promise<Prepared> {
  const directory = join(root, String(count++));
  await mkdir(directory);
  await Promise.all(files.map((name) => writeFile(join(directory, name), content)));
  let leases = 0;
  const preparer = createModelPreparer({
    engine: 'auto',
    prefersTflite: false,
    tags: ['serve'],
    converter: '1',
    cache: {
      async open(key, convert) {
        await convert(`/cache/${key}`);
        leases += 1;
        return {
          directory: '/cache/entry',
          reused: false,
          [Symbol.asyncDispose]: async () => {
            leases -= 1;
          },
        };
      },
    },
    convert: () => {
      return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
    },
    tensorflow: () =>
      tensorflow
        ? { engine: 'libtensorflow', reason: 'libtensorflow is here' }
        : { engine: undefined, reason: 'there is no TensorFlow' },
    ...options,
  });
  const manifest = own && { manifest: { format: 1, engine: own } as const };
  const found = { model: 'm', version: version(1), directory, bytes: 1, ...manifest };
  return { directory, leases: () => leases, result: preparer(found, new AbortController().signal) };
}

describe('createModelPreparer', () => {
  it.each<[string, readonly string[], boolean, string, string]>([
    ['ONNX before anything else', ['model.onnx', 'saved_model.pb', 'model.tflite'], false, 'onnx', 'model.onnx'],
    ['ONNX, though TFLite is preferred to a SavedModel', ['model.onnx', 'model.tflite'], true, 'onnx', 'model.onnx'],
    ['TFLite, where it is preferred', ['saved_model.pb', 'model.tflite'], true, 'tflite', 'model.tflite'],
    ['TFLite', ['model.tflite', 'model.json'], false, 'tflite', 'model.tflite'],
    ['TensorFlow.js', ['model.json'], false, 'tfjs', 'model.json'],
  ])('loads %s', async (_what, files, prefersTflite, format, name) => {
    const { directory, result } = await prepare({ files, options: { prefersTflite } });
    const { artifact, choice } = await result;
    expect(artifact).toEqual({ format, path: join(directory, name) });
    expect(choice).toEqual({ engine: format, reason: `the version holds ${name}` });
  });

  it.each([['saved_model.pb'], ['saved_model.pbtxt'], ['saved_model.pb', 'model.tflite']])(
    'converts a SavedModel: %s',
    async (...files) => {
      const { leases, result } = await prepare({ files });
      const { artifact, choice, [Symbol.asyncDispose]: dispose } = await result;
      expect([artifact, choice]).toEqual([
        { format: 'program', path: '/cache/entry', hasState: false },
        { engine: 'onnx', reason: 'converted' },
      ]);
      expect(leases()).toBe(1);
      await dispose();
      expect(leases()).toBe(0);
    },
  );

  it.each<[string, Case, string]>([
    ['engine is tensorflow', { options: { engine: 'tensorflow' } }, 'engine is set to tensorflow'],
    ['its manifest says so', { own: 'tensorflow' }, 'engine is set to tensorflow in its manifest'],
    ['the conversion refuses it', { refusal: REFUSAL }, 'it cannot be converted: node "n": op Foo is not supported'],
  ])('hands a SavedModel to TensorFlow when %s', async (_what, settings, reason) => {
    const { directory, result } = await prepare({ ...settings, tensorflow: true });
    const { artifact, choice } = await result;
    expect(artifact).toEqual({ format: 'saved_model', path: directory, tags: ['serve'], hasState: true });
    expect(choice).toEqual({ engine: 'tensorflow', reason: `${reason}; libtensorflow is here` });
  });

  it.each<[string, Case, Code, string]>([
    [
      'cannot be converted, without TensorFlow',
      { refusal: REFUSAL },
      Code.Unimplemented,
      'Foo is not supported; there is no TensorFlow',
    ],
    [
      'cannot be converted, for engine onnx',
      { refusal: REFUSAL, own: 'onnx', tensorflow: true },
      Code.Unimplemented,
      'Foo',
    ],
    ['wants TensorFlow, without it', { own: 'tensorflow' }, Code.Unimplemented, 'there is no TensorFlow'],
    ['is broken', { refusal: dataLoss('shard 0 ends'), tensorflow: true }, Code.DataLoss, 'shard 0 ends'],
  ])('refuses a SavedModel that %s', async (_what, settings, code, text) => {
    const { result } = await prepare(settings);
    await expect(result).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it('keeps the ops of a refusal for programs', async () => {
    await expect((await prepare({ refusal: REFUSAL })).result).rejects.toMatchObject({ details: { ops: 'Foo' } });
  });

  it('refuses a directory without a model', async () => {
    await expect((await prepare({ files: [] })).result).rejects.toMatchObject({ code: Code.NotFound });
  });

  it('takes TensorFlow instead of a converted model that does not load', async () => {
    const { leases, result } = await prepare({ tensorflow: true });
    const instead = await (await result).instead(invalidArgument('no kernel for Unique'));
    expect(instead.choice).toEqual({
      engine: 'tensorflow',
      reason: 'it cannot be converted: no kernel for Unique; libtensorflow is here',
    });
    expect(leases()).toBe(0);
    const again = invalidArgument('nor here');
    await expect(instead.instead(again)).rejects.toBe(again);
  });

  it.each<[string, Case, StatusError]>([
    ['engine onnx', { own: 'onnx', tensorflow: true }, invalidArgument('no kernel')],
    ['trouble that may pass', { tensorflow: true }, unavailable('the worker died')],
  ])('takes nothing instead for %s', async (_what, settings, reason) => {
    const { leases, result } = await prepare(settings);
    await expect((await result).instead(reason)).rejects.toBe(reason);
    expect(leases()).toBe(0);
  });
});

describe('createModelPreparer for TensorFlow.js', () => {
  const GRAPH = '{"format": "graph-model", "modelTopology": {"node": []}}';
  const LAYERS = '{"format": "layers-model", "modelTopology": {"inbound_nodes": []}, "node": 1}';
  const files = ['model.json'];

  it('converts a graph model', async () => {
    const { leases, result } = await prepare({ files, content: GRAPH });
    const { artifact, choice, [Symbol.asyncDispose]: dispose } = await result;
    expect([artifact, choice]).toEqual([
      { format: 'program', path: '/cache/entry', hasState: false },
      { engine: 'onnx', reason: 'converted' },
    ]);
    await dispose();
    expect(leases()).toBe(0);
  });

  it.each<[string, Case, string]>([
    ['a layers model', { content: LAYERS, refusal: dataLoss('not asked') }, 'the version holds model.json'],
    [
      'a graph that the conversion refuses',
      { refusal: REFUSAL },
      'it cannot be converted: node "n": op Foo is not supported; TensorFlow.js runs it',
    ],
    [
      'a graph that the conversion finds broken',
      { refusal: dataLoss('node 3 has no name') },
      'it cannot be converted: node 3 has no name; TensorFlow.js runs it',
    ],
    ['engine tensorflow', { own: 'tensorflow' }, 'engine is set to tensorflow in its manifest; TensorFlow.js runs it'],
  ])('loads with TensorFlow.js: %s', async (_what, settings, reason) => {
    const { directory, leases, result } = await prepare({ files, content: GRAPH, ...settings });
    const { artifact, choice } = await result;
    expect(artifact).toEqual({ format: 'tfjs', path: join(directory, 'model.json') });
    expect(choice).toEqual({ engine: 'tfjs', reason });
    expect(leases()).toBe(0);
  });

  it('takes TensorFlow.js instead of a converted graph that does not load', async () => {
    const { leases, result } = await prepare({ files, content: GRAPH });
    const instead = await (await result).instead(invalidArgument('no kernel for Unique'));
    expect(instead.choice).toEqual({
      engine: 'tfjs',
      reason: 'it cannot be converted: no kernel for Unique; TensorFlow.js runs it',
    });
    expect(leases()).toBe(0);
  });

  it.each<[string, Case, Code]>([
    ['refuses, for engine onnx', { refusal: REFUSAL, own: 'onnx' }, Code.Unimplemented],
    ['has no room for', { refusal: resourceExhausted('the disk is full') }, Code.ResourceExhausted],
  ])('rejects a graph that the conversion %s', async (_what, settings, code) => {
    const { result } = await prepare({ files, content: GRAPH, ...settings });
    await expect(result).rejects.toMatchObject({ code });
  });
});
