import {
  Code,
  failedPrecondition,
  invalidArgument,
  type NamedTensors,
  PUBLIC,
  type Signature,
} from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { type PredictCall, predict } from '../../../gpu-backend/src/server/predict.ts';
import { type FakeServerOptions, fakeServer } from '../../fakes/fake-server-core.ts';
import { fp32, int64, named, signature } from '../../support/tensors.ts';

const SIGNATURE = signature({ x: ['FP32', [null]] }, { y: ['FP32', [null]], z: ['FP32', [null]] });
const X = named({ x: fp32([2], 1, 2) });
const ANSWER = named({ y: fp32([2], 3, 4), z: fp32([2], 5, 6) });

interface Case extends Partial<FakeServerOptions>, Partial<Omit<PredictCall, 'inputsFor'>> {
  readonly inputs?: NamedTensors;
}

function run({
  signatures = [SIGNATURE],
  compute = () => ANSWER,
  checksMethodNames = false,
  inputs = X,
  ...call
}: Case) {
  const server = fakeServer({ signatures, compute, checksMethodNames });
  const answer = predict(
    server.core,
    {
      modelSpec: { name: 'm' },
      outputFilter: [],
      inputsFor: () => inputs,
      unknownSignature: (name) => failedPrecondition(`Serving signature key "${name}" not found.`),
      entrypoint: 'GRPC',
      ...call,
    },
    server.context,
  );
  return { server, answer };
}

const METHODS = '{tensorflow/serving/predict, tensorflow/serving/classify, tensorflow/serving/regress}';

describe('Predict', () => {
  it('answers with all outputs, and with what was resolved', async () => {
    await expect(run({}).answer).resolves.toEqual({
      name: 'm',
      version: 3,
      signatureName: 'serving_default',
      outputs: ANSWER,
    });
  });

  it('answers with the outputs that were asked for', async () => {
    await expect(run({ outputFilter: ['z'] }).answer).resolves.toMatchObject({
      outputs: named({ z: fp32([2], 5, 6) }),
    });
  });

  it.each(['predict', 'classify', 'regress', 'anything'])(
    'runs a signature whose method is %s when method names are not checked',
    async (method) => {
      const other: Signature = { ...SIGNATURE, name: 'other', methodName: `tensorflow/serving/${method}` };
      const modelSpec = { name: 'm', signatureName: 'other' };

      await expect(run({ signatures: [SIGNATURE, other], modelSpec }).answer).resolves.toMatchObject({
        signatureName: 'other',
        outputs: ANSWER,
      });
    },
  );

  it.each(['predict', 'classify', 'regress'])(
    'runs a signature whose method is %s when method names are checked',
    async (method) => {
      const signatures = [{ ...SIGNATURE, methodName: `tensorflow/serving/${method}` }];

      await expect(run({ signatures, checksMethodNames: true }).answer).resolves.toMatchObject({ version: 3 });
    },
  );

  it('says INTERNAL for another method when method names are checked, and lets the caller see why', async () => {
    const signatures = [{ ...SIGNATURE, methodName: 'other' }];

    await expect(run({ signatures, checksMethodNames: true }).answer).rejects.toMatchObject({
      code: Code.Internal,
      message: `Expected prediction signature method_name to be one of ${METHODS}. Was: other`,
      details: PUBLIC,
    });
  });

  it.each<[string, Case, Code, string]>([
    ['no model_spec', { modelSpec: undefined }, Code.InvalidArgument, 'Missing ModelSpec'],
    ['no name', { modelSpec: { name: '' } }, Code.InvalidArgument, 'ModelSpec has no name specified.'],
    ['an unknown model', { modelSpec: { name: 'n' } }, Code.NotFound, 'Servable not found for request'],
    [
      'an unknown signature',
      { modelSpec: { name: 'm', signatureName: 'nope' } },
      Code.FailedPrecondition,
      'Serving signature key "nope" not found.',
    ],
    [
      'no inputs',
      { inputs: named({}) },
      Code.InvalidArgument,
      'input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but required: {x}.',
    ],
    [
      'an input of another name',
      { inputs: named({ z: fp32([1], 1) }) },
      Code.InvalidArgument,
      'Signature input alias: x(feed name: x:0) not found in request and no default value provided. ' +
        'Inputs expected to be in the request {z}, or default input alias set: ',
    ],
    [
      'an input of another dtype',
      { inputs: named({ x: int64([1], 1n) }) },
      Code.InvalidArgument,
      'input "x" has dtype INT64, signature "serving_default" wants FP32',
    ],
    [
      'an unknown output',
      { outputFilter: ['nope'] },
      Code.InvalidArgument,
      'output tensor alias not found in signature: nope Outputs expected to be in the set {y,z}.',
    ],
    ['an output twice', { outputFilter: ['y', 'y'] }, Code.InvalidArgument, 'duplicate output tensor alias: y'],
    [
      'wrong inputs and an unknown output',
      { inputs: named({}), outputFilter: ['nope'] },
      Code.InvalidArgument,
      'input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but required: {x}.',
    ],
  ])('refuses %s', async (_name, one, code, message) => {
    await expect(run(one).answer).rejects.toMatchObject({ code, message });
  });

  it('passes on what the model refuses, counts it and gives the version back', async () => {
    const { server, answer } = run({ compute: () => Promise.reject(invalidArgument('bad values')) });

    await expect(answer).rejects.toThrow('bad values');

    expect(server.openHandles).toBe(0);
    expect(server.requests).toMatchObject([{ model: 'm', api: 'Predict', code: Code.InvalidArgument }]);
  });
});
