import type { InferenceTask } from '@tensorfleet/codecs';
import { Code, invalidArgument, type NamedTensors, type Signature } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { multiInference } from '../../../gpu-backend/src/server/multi-inference.ts';
import { fakeServer } from '../../fakes/fake-server-core.ts';
import { fp32, named, signature } from '../../support/tensors.ts';

const TWO = [new Uint8Array(1), new Uint8Array(2)];
const REGRESS_1 = regression('regress_1');
const REGRESS_2 = regression('regress_2');
const CLASSIFY: Signature = {
  ...signature({ inputs: ['STRING', [null]] }, { scores: ['FP32', [null, 1]] }),
  name: 'classify',
  methodName: 'tensorflow/serving/classify',
};

function regression(name: string): Signature {
  const { inputs, outputs } = signature({ inputs: ['STRING', [null]] }, { outputs: ['FP32', [null]] });
  return { name, methodName: 'tensorflow/serving/regress', inputs, outputs };
}

function task(signatureName: string, method = 'regress', name = 'm'): InferenceTask {
  return { modelSpec: { name, signatureName }, methodName: `tensorflow/serving/${method}` };
}

const ANSWERS: Readonly<Record<string, NamedTensors>> = {
  regress_1: named({ outputs: fp32([2], 1, 2) }),
  regress_2: named({ outputs: fp32([2], 3, 4) }),
  classify: named({ scores: fp32([2, 1], 5, 6) }),
};

function run(tasks: readonly InferenceTask[], examples = TWO, checksMethodNames = false) {
  const { core, context } = fakeServer({
    signatures: [REGRESS_1, REGRESS_2, CLASSIFY],
    compute: (name) => ANSWERS[name] ?? named({}),
    checksMethodNames,
  });
  return multiInference(core, { tasks, examples, entrypoint: 'GRPC' }, context);
}

const spec = (signatureName: string) => ({ name: 'm', version: 3, signatureName });

describe('MultiInference', () => {
  it('answers one task', async () => {
    await expect(run([task('regress_1')])).resolves.toEqual([{ modelSpec: spec('regress_1'), regressions: [1, 2] }]);
  });

  it('answers several regressions in the order of the tasks', async () => {
    await expect(run([task('regress_2'), task('regress_1')])).resolves.toEqual([
      { modelSpec: spec('regress_2'), regressions: [3, 4] },
      { modelSpec: spec('regress_1'), regressions: [1, 2] },
    ]);
  });

  it('answers a regression and a classification, each with its own model_spec', async () => {
    await expect(run([task('regress_1'), task('classify', 'classify')])).resolves.toEqual([
      { modelSpec: spec('regress_1'), regressions: [1, 2] },
      { modelSpec: spec('classify'), classifications: [[{ label: '', score: 5 }], [{ label: '', score: 6 }]] },
    ]);
  });

  it('takes the version of the first task only', async () => {
    const [first, second] = [task('regress_1'), task('regress_2')];
    const other = { ...second, modelSpec: { name: 'm', signatureName: 'regress_2', versionLabel: 'nowhere' } };

    await expect(run([first, other])).resolves.toHaveLength(2);
    await expect(run([other, first])).rejects.toThrow('Unrecognized servable version label: nowhere');
  });

  it.each<[string, readonly InferenceTask[], string]>([
    ['no tasks', [], 'ModelSpec has no name specified.'],
    ['a first task without model_spec', [{ modelSpec: undefined, methodName: '' }], 'ModelSpec has no name specified.'],
    [
      'a later task without a name',
      [task('regress_1'), task('regress_2', 'regress', '')],
      'Found ModelSpec with an empty model name.',
    ],
    [
      'tasks for two models',
      [task('regress_1'), task('regress_2', 'regress', 'other')],
      'All ModelSpecs in a MultiInferenceRequest must access the same model name.',
    ],
    [
      'a signature asked for twice',
      [task('regress_1'), task('regress_1')],
      'Duplicate evaluation of signature: regress_1',
    ],
    ['an unknown signature', [task('nope')], 'Requested signature not found in model graph: nope'],
    [
      'the default signature where there is none',
      [task('')],
      'Requested signature not found in model graph: serving_default',
    ],
    ['a signature of another kind', [task('classify')], 'No regression outputs found in SignatureDef: inputs {'],
  ])('refuses %s', async (_name, tasks, message) => {
    await expect(run(tasks)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(message),
    });
  });

  it('refuses a method that is neither classify nor regress', async () => {
    await expect(run([task('regress_1', 'predict')])).rejects.toMatchObject({
      code: Code.Unimplemented,
      message: 'Unsupported signature method_name: tensorflow/serving/predict',
    });
  });

  it('refuses an input without examples', async () => {
    await expect(run([task('regress_1')], [])).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: 'Input is empty.',
    });
  });

  it('checks method names where these are checked', async () => {
    await expect(run([task('regress_1')], TWO, true)).resolves.toHaveLength(1);
  });

  it('holds the version until every task is done, also when the first one fails', async () => {
    const second = Promise.withResolvers<NamedTensors>();
    const server = fakeServer({
      signatures: [REGRESS_1, REGRESS_2],
      compute: (name) => (name === 'regress_1' ? Promise.reject(invalidArgument('bad')) : second.promise),
    });
    const tasks = [task('regress_1'), task('regress_2')];
    const answer = multiInference(server.core, { tasks, examples: TWO, entrypoint: 'GRPC' }, server.context);
    const refused = expect(answer).rejects.toThrow('bad');
    await new Promise((resolve) => setImmediate(resolve));

    expect(server.openHandles).toBe(1);
    second.resolve(named({ outputs: fp32([2], 3, 4) }));
    await refused;
    expect(server.openHandles).toBe(0);
    expect(server.requests).toMatchObject([{ api: 'MultiInference', code: Code.InvalidArgument }]);
  });
});
