import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, cancelled } from '@tensorfleet/core';
import { afterAll, describe, expect, it } from 'vitest';
import { inspectLocation } from '../../../gpu-backend/src/inspection/inspect-location.ts';
import { inspectModel } from '../../../gpu-backend/src/inspection/inspect-model.ts';
import type { ModelInspection } from '../../../gpu-backend/src/inspection/model-inspection.ts';
import { locateModel } from '../../../gpu-backend/src/inspection/model-location.ts';
import { fp32 } from '../../support/tensors.ts';
import { HALF_PLUS_TWO, type TinySavedModel, writeGarbage, writeSavedModel } from '../../support/tiny-saved-model.ts';

const SCRATCH = mkdtempSync(join(tmpdir(), 'tensorfleet-inspect-'));
afterAll(() => rmSync(SCRATCH, { recursive: true }));

const TEST = join(import.meta.dirname, '../..');
/** A machine without TensorFlow. */
const ENVIRONMENT = { TENSORFLOW_LIBRARY_PATH: join(SCRATCH, 'nothing') };

async function inspect(path: string): Promise<ModelInspection> {
  const scratch = mkdtempSync(join(SCRATCH, 'converted-'));
  return await inspectLocation({
    location: await locateModel(path),
    tags: ['serve'],
    environment: ENVIRONMENT,
    scratch,
  });
}

function write(name: string, model: TinySavedModel): string {
  return writeSavedModel(join(SCRATCH, name), model).path;
}

const COUNTING: TinySavedModel = {
  nodes: {
    x: { op: 'Placeholder', dtype: 'FP32', shape: [null] },
    a: { op: 'AssignAddVariableOp', dtype: 'FP32', inputs: ['x'] },
    y: { op: 'NoSuchOp', dtype: 'FP32', inputs: ['a'] },
    z: { op: 'NoSuchOp', dtype: 'FP32', inputs: ['x'] },
  },
  inputs: ['x'],
  outputs: { y: [null], z: [null] },
};

describe('inspectLocation', () => {
  it('shows a SavedModel that is converted', async () => {
    const path = write('half', { ...HALF_PLUS_TWO, defaults: { x: fp32([2], 1.5, 2) } });
    expect(await inspect(path)).toMatchObject({
      path,
      format: 'saved_model',
      verdict: { engine: 'onnx', reason: 'ONNX Runtime runs it, converted: 1 graph', refusals: [], tensorflow: null },
      size: { files: 1, weights: 0 },
      signatures: [
        {
          name: 'serving_default',
          methodName: 'tensorflow/serving/predict',
          inputs: [{ name: 'x', dtype: 'DT_FLOAT', shape: [null], tensor: 'x:0', default: '[1.5, 2]' }],
          outputs: [{ name: 'y', dtype: 'DT_FLOAT', shape: [null], tensor: 'y:0', default: null }],
          stages: [{ kind: 'onnx', file: 'serving_default.onnx', checks: 0 }],
        },
      ],
      ops: [
        { op: 'Const', count: 2 },
        { op: 'AddV2', count: 1 },
        { op: 'Mul', count: 1 },
        { op: 'Placeholder', count: 1 },
      ],
    });
  });

  it('lists every node in the way, and the ways to get TensorFlow', async () => {
    const { verdict, signatures } = await inspect(write('counting', COUNTING));
    expect(verdict).toMatchObject({ engine: null, reason: expect.stringMatching(/^it cannot be converted: \d nodes/) });
    expect(verdict.refusals.map(({ node }) => node)).toEqual(expect.arrayContaining(['a', 'z']));
    expect(verdict.tensorflow).toContain('TENSORFLOW_LIBRARY_PATH');
    expect(signatures[0]?.stages).toEqual([]);
  });

  it('says where strings are messages', async () => {
    const path = write('decoding', {
      nodes: {
        x: { op: 'Placeholder', dtype: 'STRING', shape: [null] },
        y: { op: 'DecodeJpeg', dtype: 'UINT8', inputs: ['x'] },
      },
      inputs: ['x'],
      outputs: { y: [null] },
    });
    expect((await inspect(path)).signatures[0]?.inputs[0]).toMatchObject({ dtype: 'DT_STRING', holdsBytes: true });
  });

  it('counts weights of every dtype', async () => {
    const { size, facts, signatures } = await inspect(join(TEST, 'golden/savedmodel/dtypes'));
    expect(size.weights).toBeGreaterThan(5);
    expect(size.parameters).toBeGreaterThan(size.weights);
    expect(facts.map(({ title }) => title)).toEqual(['TensorFlow', 'tags', 'fingerprint', 'assets']);
    expect(signatures.length).toBeGreaterThan(0);
  });

  it('shows an ONNX file with its ops and opset', async () => {
    expect(await inspect(join(TEST, 'fixtures/models/half_plus_two.onnx'))).toMatchObject({
      verdict: { engine: 'onnx', reason: 'ONNX Runtime runs it as it is' },
      signatures: [{ name: 'serving_default', inputs: [{ name: 'x', dtype: 'DT_FLOAT' }] }],
      size: { files: 1, weights: 2, parameters: 2, weightBytes: 8 },
      ops: [
        { op: 'Add', count: 1 },
        { op: 'Mul', count: 1 },
      ],
    });
  });

  it('shows a graph model of TensorFlow.js that is converted', async () => {
    expect(await inspect(join(TEST, 'golden/tfjs/fused_dense'))).toMatchObject({
      format: 'tfjs',
      verdict: { engine: 'onnx', reason: 'ONNX Runtime runs it, converted: 1 graph', refusals: [] },
      signatures: [{ name: 'serving_default', stages: [{ kind: 'onnx' }] }],
      facts: [{ title: 'kind', value: 'graph model of TensorFlow.js' }],
    });
  });

  it.each([
    ['keras_mlp', 'tfjs', 'TensorFlow.js runs it in WebAssembly; it is a layers model', []],
    ['unknown_ops', null, 'TensorFlow.js has no ops Betainc, Igamma; it cannot be converted', ['Igamma', 'Betainc']],
  ])('shows why %s is not converted', async (name, engine, reason, nodes) => {
    const { verdict } = await inspect(join(TEST, 'golden/tfjs', name));
    expect(verdict).toMatchObject({ engine, reason: expect.stringContaining(reason), tensorflow: null });
    expect(verdict.refusals.map(({ node }) => node)).toEqual(nodes);
  });

  it('counts the nodes inside of loops', async () => {
    const { ops } = await inspect(join(TEST, 'fixtures/models/countdown.onnx'));
    expect(ops.find(({ op }) => op === 'Loop')).toEqual({ op: 'Loop', count: 1 });
    expect(ops.length).toBeGreaterThan(1);
  });

  it('rejects broken files with what is wrong', async () => {
    await expect(inspect(writeGarbage(join(SCRATCH, 'garbage')).path)).rejects.toMatchObject({ code: Code.DataLoss });
    await expect(inspect(join(TEST, 'fixtures/models/truncated.onnx'))).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining('truncated.onnx'),
    });
  });
});

describe('inspectModel', () => {
  const path = write('threaded', HALF_PLUS_TWO);

  it('answers from its thread', async () => {
    const { signal } = new AbortController();
    const options = { tags: ['serve'], environment: ENVIRONMENT, signal };
    expect(await inspectModel(await locateModel(path), options)).toMatchObject({ verdict: { engine: 'onnx' } });
  });

  it('rejects with the reason of its signal', async () => {
    const reason = cancelled('enough');
    const options = { tags: ['serve'], environment: ENVIRONMENT, signal: AbortSignal.abort(reason) };
    await expect(inspectModel(await locateModel(path), options)).rejects.toMatchObject({ code: Code.Cancelled });
  });
});
