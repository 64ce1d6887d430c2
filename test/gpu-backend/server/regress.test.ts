import { type AnyTensor, Code, invalidArgument, type Signature } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { regress } from '../../../gpu-backend/src/server/regress.ts';
import { type FakeServerOptions, fakeServer } from '../../fakes/fake-server-core.ts';
import { fp32, int64, named, signature } from '../../support/tensors.ts';

const TWO = [new Uint8Array(1), new Uint8Array(2)];

const SIGNATURE: Signature = {
  ...signature({ inputs: ['STRING', [null]] }, { outputs: ['FP32', [null, 1]] }),
  methodName: 'tensorflow/serving/regress',
};

interface Case extends Partial<FakeServerOptions> {
  readonly signature?: Signature;
  readonly examples?: readonly Uint8Array[];
  readonly output?: AnyTensor;
}

function run({ signature: one = SIGNATURE, examples = TWO, output = fp32([2, 1], 1.5, -2), ...rest }: Case = {}) {
  const { core, context } = fakeServer({ signatures: [one], compute: () => named({ outputs: output }), ...rest });
  return regress(core, { modelSpec: { name: 'm' }, examples, entrypoint: 'GRPC' }, context);
}

describe('Regress', () => {
  it.each([
    ['[batch, 1]', [2, 1]],
    ['[batch]', [2]],
  ])('answers with a value per example for an output of shape %s', async (_name, shape) => {
    await expect(run({ output: fp32(shape, 1.5, -2) })).resolves.toEqual({
      name: 'm',
      version: 3,
      signatureName: 'serving_default',
      result: [1.5, -2],
    });
  });

  it.each<[string, Case, string]>([
    ['no examples', { examples: [] }, 'Input is empty.'],
    [
      'another method_name when these are checked',
      { checksMethodNames: true, signature: { ...SIGNATURE, methodName: 'x' } },
      'Expected regression signature method_name to be tensorflow/serving/regress. Was: x',
    ],
    [
      'two inputs',
      { signature: signature({ inputs: ['STRING', null], b: ['STRING', null] }, { outputs: ['FP32', null] }) },
      'Expected one input Tensor.',
    ],
    [
      'two outputs',
      { signature: signature({ inputs: ['STRING', null] }, { outputs: ['FP32', null], b: ['FP32', null] }) },
      'Expected one output Tensor.',
    ],
    [
      'an input of another name',
      { signature: signature({ x: ['STRING', null] }, { outputs: ['FP32', null] }) },
      'No regression inputs found in SignatureDef: inputs {\n  key: "x"',
    ],
    [
      'an output of another name',
      { signature: signature({ inputs: ['STRING', [null]] }, { scores: ['FP32', [0]] }) },
      'No regression outputs found in SignatureDef: inputs {\n  key: "inputs"',
    ],
    [
      'an output of two values per example',
      { output: fp32([1, 2], 1, 2) },
      'Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got [1,2]',
    ],
    [
      'an output of another batch',
      { output: fp32([3], 1, 2, 3) },
      'Input batch size did not match output batch size: 2 vs. 3',
    ],
    [
      'an output that holds no floats',
      { output: int64([2], 1n, 2n) },
      'Expected output Tensor of DT_FLOAT.  Got: DT_INT64',
    ],
  ])('refuses %s', async (_name, one, message) => {
    await expect(run(one)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(message),
    });
  });

  it('passes on what the model refuses, counts it and gives the version back', async () => {
    const compute = () => Promise.reject(invalidArgument('Could not parse example input'));
    const server = fakeServer({ signatures: [SIGNATURE], compute });
    const call = { modelSpec: { name: 'm' }, examples: TWO, entrypoint: 'REST' } as const;

    await expect(regress(server.core, call, server.context)).rejects.toThrow('Could not parse example input');

    expect(server.openHandles).toBe(0);
    expect(server.requests).toMatchObject([{ api: 'Regress', entrypoint: 'REST', code: Code.InvalidArgument }]);
  });

  it('refuses a request for a signature that is not there', async () => {
    const { core, context } = fakeServer({ signatures: [], compute: () => named({}) });
    const call = { modelSpec: { name: 'm' }, examples: TWO, entrypoint: 'GRPC' } as const;

    await expect(regress(core, call, context)).rejects.toThrow('No signature was found with the name: serving_default');
  });
});
