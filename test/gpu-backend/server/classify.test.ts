import { type AnyTensor, Code, invalidArgument, type NamedTensors, type Signature } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../gpu-backend/src/server/classify.ts';
import { type FakeServerOptions, fakeServer } from '../../fakes/fake-server-core.ts';
import { fp32, int64, named, signature, strings } from '../../support/tensors.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const TWO = [bytes('a'), bytes('b')];
const CLASSES = strings([2, 2], 'cat', 'dog', 'dog', 'cat');
const SCORES = fp32([2, 2], 0.75, 0.25, 0.5, 0);

const SIGNATURE: Signature = {
  ...signature({ inputs: ['STRING', [null]] }, { classes: ['STRING', [null, 2]], scores: ['FP32', [null, 2]] }),
  methodName: 'tensorflow/serving/classify',
};

interface Case extends Partial<FakeServerOptions> {
  readonly signature?: Signature;
  readonly examples?: readonly Uint8Array[];
  readonly outputs?: Readonly<Record<string, AnyTensor>>;
}

function run({ signature: one = SIGNATURE, examples = TWO, outputs, ...rest }: Case = {}) {
  const compute = () => named(outputs ?? { classes: CLASSES, scores: SCORES });
  const { core, context } = fakeServer({ signatures: [one], compute, ...rest });
  return classify(core, { modelSpec: { name: 'm' }, examples, entrypoint: 'GRPC' }, context);
}

describe('Classify', () => {
  it('answers with labels and scores per example, and with what was resolved', async () => {
    await expect(run()).resolves.toEqual({
      name: 'm',
      version: 3,
      signatureName: 'serving_default',
      result: [
        [
          { label: 'cat', score: 0.75 },
          { label: 'dog', score: 0.25 },
        ],
        [
          { label: 'dog', score: 0.5 },
          { label: 'cat', score: 0 },
        ],
      ],
    });
  });

  it('feeds the serialized examples as one tensor of strings', async () => {
    const fed: NamedTensors[] = [];
    const compute = (_name: string, inputs: NamedTensors) => {
      fed.push(inputs);
      return named({ classes: CLASSES, scores: SCORES });
    };

    await run({ compute });

    expect(fed).toEqual([named({ inputs: strings([2], 'a', 'b') })]);
  });

  it('answers with scores of 0 where there are classes only', async () => {
    const { result } = await run({ outputs: { classes: CLASSES } });

    expect(result[0]).toEqual([
      { label: 'cat', score: 0 },
      { label: 'dog', score: 0 },
    ]);
  });

  it('answers with empty labels where there are scores only', async () => {
    const { result } = await run({ outputs: { scores: SCORES } });

    expect(result[1]).toEqual([
      { label: '', score: 0.5 },
      { label: '', score: 0 },
    ]);
  });

  it('runs the signature that the request names', async () => {
    const ran: string[] = [];
    const compute = (name: string) => {
      ran.push(name);
      return named({ scores: SCORES });
    };
    const { core, context } = fakeServer({ signatures: [{ ...SIGNATURE, name: 'other' }], compute });
    const modelSpec = { name: 'm', signatureName: 'other' };

    const { signatureName } = await classify(core, { modelSpec, examples: TWO, entrypoint: 'REST' }, context);

    expect([signatureName, ...ran]).toEqual(['other', 'other']);
  });

  it.each<[string, Case, string]>([
    ['no examples', { examples: [] }, 'Input is empty.'],
    [
      'another method_name when these are checked',
      { checksMethodNames: true, signature: { ...SIGNATURE, methodName: 'tensorflow/serving/predict' } },
      'Expected classification signature method_name to be tensorflow/serving/classify. Was: tensorflow/serving/predict',
    ],
    [
      'two inputs',
      { signature: signature({ inputs: ['STRING', [null]], b: ['STRING', [null]] }, { scores: ['FP32', null] }) },
      'Expected one input Tensor.',
    ],
    [
      'three outputs',
      {
        signature: signature(
          { inputs: ['STRING', [null]] },
          { classes: ['STRING', null], scores: ['FP32', null], more: ['FP32', null] },
        ),
      },
      'Expected one or two output Tensors, found 3',
    ],
    [
      'an input of another name',
      { signature: signature({ x: ['FP32', [null, 1]] }, { scores: ['FP32', null] }) },
      'No classification inputs found in SignatureDef: inputs {\n  key: "x"\n  value {\n    name: "x:0"\n    dtype: DT_FLOAT\n    tensor_shape {\n      dim {\n        size: -1\n      }\n      dim {\n        size: 1\n      }\n    }\n  }\n}\noutputs {\n  key: "scores"\n  value {\n    name: "scores:0"\n    dtype: DT_FLOAT\n    tensor_shape {\n      unknown_rank: true\n    }\n  }\n}\nmethod_name: "tensorflow/serving/predict"\n',
    ],
    [
      'neither classes nor scores',
      { signature: signature({ inputs: ['STRING', [null]] }, { y: ['FP32', [null]] }) },
      'Expected classification signature outputs to contain at least one of "classes" or "scores". Signature was: inputs {',
    ],
    [
      'an input that is no string',
      { signature: signature({ inputs: ['FP32', [null]] }, { scores: ['FP32', null] }) },
      'input "inputs" has dtype STRING, signature "serving_default" wants FP32',
    ],
    [
      'scores without classes of their own',
      { outputs: { scores: fp32([2], 1, 2) } },
      'Expected Tensor shape: [batch_size num_classes] but got [2]',
    ],
    [
      'classes that are no strings',
      { outputs: { classes: int64([2, 1], 1n, 2n) } },
      'Expected classes Tensor of DT_STRING. Got: DT_INT64',
    ],
    [
      'scores that are no floats',
      { outputs: { scores: int64([2, 1], 1n, 2n) } },
      'Expected scores Tensor of DT_FLOAT. Got: DT_INT64',
    ],
    [
      'classes of another batch',
      { outputs: { classes: strings([1, 1], 'a') } },
      'Expected classes output batch size of 2. Got: 1',
    ],
    [
      'scores of another batch',
      { outputs: { scores: fp32([1, 1], 1) } },
      'Expected scores output batch size of 2. Got: 1',
    ],
    [
      'classes and scores of different width',
      { outputs: { classes: strings([2, 1], 'a', 'b'), scores: SCORES } },
      'Tensors class and score should match in dim_size(1). Got 1 vs. 2',
    ],
  ])('refuses %s', async (_name, one, message) => {
    await expect(run(one)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(message),
    });
  });

  it('refuses a label that no client could read', async () => {
    const classes: AnyTensor = { dtype: 'STRING', shape: [2, 1], data: [bytes('ok'), Uint8Array.of(0xff)] };

    await expect(run({ outputs: { classes } })).rejects.toThrow('the label of a class of example 1 is not UTF-8');
  });

  it('takes signatures of other methods when method_name is not checked', async () => {
    await expect(run({ signature: { ...SIGNATURE, methodName: 'any' } })).resolves.toMatchObject({ version: 3 });
  });

  it.each([
    ['no model_spec', undefined, 'Missing ModelSpec'],
    ['no name', { name: '' }, 'ModelSpec has no name specified.'],
    ['an unknown signature', { name: 'm', signatureName: 'nope' }, 'No signature was found with the name: nope'],
  ])('refuses a request with %s', async (_name, modelSpec, message) => {
    const { core, context } = fakeServer({ signatures: [SIGNATURE], compute: () => named({}) });
    const call = { modelSpec, examples: TWO, entrypoint: 'GRPC' } as const;

    await expect(classify(core, call, context)).rejects.toMatchObject({ code: Code.InvalidArgument, message });
  });

  it('passes on what the model refuses, counts it and gives the version back', async () => {
    const compute = () => Promise.reject(invalidArgument('Could not parse example input'));
    const server = fakeServer({ signatures: [SIGNATURE], compute });
    const call = { modelSpec: { name: 'm' }, examples: TWO, entrypoint: 'GRPC' } as const;

    await expect(classify(server.core, call, server.context)).rejects.toThrow('Could not parse example input');

    expect(server.openHandles).toBe(0);
    expect(server.requests).toMatchObject([{ model: 'm', api: 'Classify', code: Code.InvalidArgument }]);
  });
});
