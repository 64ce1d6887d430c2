import { encodeExample } from '@tensorfleet/codecs';
import { Code, type DType, type NamedTensors, type Signature } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namedSignatures } from '../../../../gpu-backend/src/model/signatures/named-signatures.ts';
import type { ManifestSignature } from '../../../../layers/repository/src/format/manifest-signatures.ts';
import { fp32, named, signature, strings } from '../../../support/tensors.ts';

const MODEL = signature({ x: ['FP32', [null, 2]] }, { y: ['FP32', [null, 3]] });
const REGRESSOR = signature({ x: ['FP32', [null]] }, { y: ['FP32', [null, 1]] });

function resolve(entry: ManifestSignature, model: Signature = MODEL) {
  const found = namedSignatures(new Map([[model.name, model]]), { c: entry }).get('c');
  if (found === undefined) {
    throw new Error('no signature');
  }
  return found;
}

type Features = Parameters<typeof encodeExample>[0];

const floats = (name: string, ...values: number[]) => [name, { kind: 'float', values }] as const;
const integers = (name: string, ...values: bigint[]) =>
  [name, { kind: 'int64', values: BigInt64Array.from(values) }] as const;
const texts = (name: string, ...values: string[]) =>
  [name, { kind: 'bytes', values: values.map((value) => new TextEncoder().encode(value)) }] as const;

function fed(entry: ManifestSignature, model: Signature, ...examples: Features[]): NamedTensors {
  const data = examples.map(encodeExample);
  return resolve(entry, model).feed(new Map([['inputs', { dtype: 'STRING', shape: [data.length], data }]]));
}

const X = { x: { feature: 'pixels' } };

describe('named signatures', () => {
  it('show the input that Classify fills and the outputs that it reads', () => {
    expect(resolve({ method: 'classify', examples: X, labels: ['a', 'b', 'c'] }).signature).toEqual({
      name: 'c',
      methodName: 'tensorflow/serving/classify',
      inputs: new Map([['inputs', { name: 'inputs', dtype: 'STRING', shape: [null] }]]),
      outputs: new Map([
        ['scores', { name: 'y', dtype: 'FP32', shape: [null, 3] }],
        ['classes', { name: 'classes', dtype: 'STRING', shape: [null, 3] }],
      ]),
    });
  });

  it('read a row of every example', () => {
    const entry: ManifestSignature = { method: 'classify', examples: X };

    expect(fed(entry, MODEL, [floats('pixels', 1, 2)], [floats('other', 9), floats('pixels', 3, 4)])).toEqual(
      named({ x: fp32([2, 2], 1, 2, 3, 4) }),
    );
  });

  it('label the scores of every example', () => {
    const { answer } = resolve({ method: 'classify', examples: X, labels: ['a', 'b', 'c'] });
    const y = fp32([2, 3], 1, 2, 3, 4, 5, 6);

    expect(answer(named({ y }))).toEqual(named({ scores: y, classes: strings([2, 3], 'a', 'b', 'c', 'a', 'b', 'c') }));
  });

  it('give regressions the name that Regress reads', () => {
    const { signature: seen, answer } = resolve({ method: 'regress', examples: X }, REGRESSOR);
    const y = fp32([1, 1], 7);

    expect([...seen.outputs.keys()]).toEqual(['outputs']);
    expect(answer(named({ y }))).toEqual(named({ outputs: y }));
  });

  it('give predict another name, and its outputs', () => {
    const found = resolve({ method: 'predict', outputs: { probabilities: 'y' } });
    const inputs = named({ x: fp32([1, 2], 1, 2) });

    expect(found.signature).toMatchObject({
      name: 'c',
      methodName: 'tensorflow/serving/predict',
      inputs: MODEL.inputs,
    });
    expect([...found.signature.outputs.keys()]).toEqual(['probabilities']);
    expect(found.feed(inputs)).toBe(inputs);
  });

  it('pass serialized examples on to a model that takes them under another name', () => {
    const model = signature({ examples: ['STRING', [null]] }, { outputs: ['FP32', [null]] });
    const { signature: seen, feed } = resolve({ method: 'regress' }, model);

    expect(seen.inputs).toEqual(new Map([['inputs', { name: 'examples', dtype: 'STRING', shape: [null] }]]));
    expect(feed(named({ inputs: strings([1], 'a') }))).toEqual(named({ examples: strings([1], 'a') }));
  });

  it('fill examples without the feature with its default', () => {
    const entry = (given: number | number[]): ManifestSignature => ({
      method: 'classify',
      examples: { x: { feature: 'pixels', default: given } },
    });

    expect(fed(entry(7), MODEL, [])).toEqual(named({ x: fp32([1, 2], 7, 7) }));
    expect(fed(entry([1, 2]), MODEL, [floats('pixels', 3, 4)], [])).toEqual(named({ x: fp32([2, 2], 3, 4, 1, 2) }));
  });

  it('fill up features of free length with their default, or zeros', () => {
    const model = signature({ x: ['INT64', [null, null]] }, { y: ['FP32', [null, 3]] });
    const rows = [[integers('ids', 1n, 2n, 3n)], [integers('ids', 4n)], []];
    const ids = (more: object) =>
      fed({ method: 'classify', examples: { x: { feature: 'ids', shape: [null], ...more } } }, model, ...rows).get('x');

    expect(ids({})).toMatchObject({ shape: [3, 3], data: BigInt64Array.of(1n, 2n, 3n, 4n, 0n, 0n, 0n, 0n, 0n) });
    expect(ids({ default: -1 })?.data).toEqual(BigInt64Array.of(1n, 2n, 3n, 4n, -1n, -1n, -1n, -1n, -1n));
  });

  it.each<[DType, Features, ArrayLike<unknown>, 'float' | 'int64' | 'bytes' | undefined]>([
    ['FP64', [floats('f', 0.5)], Float64Array.of(0.5), undefined],
    ['FP16', [floats('f', 0.5)], Float16Array.of(0.5), undefined],
    ['BF16', [floats('f', 1)], Uint16Array.of(0x3f80), undefined],
    ['FP32', [integers('f', 2n)], Float32Array.of(2), 'int64'],
    ['INT32', [integers('f', -5n)], Int32Array.of(-5), undefined],
    ['UINT8', [integers('f', 255n)], Uint8Array.of(255), undefined],
    ['UINT64', [integers('f', 2n ** 63n - 1n)], BigUint64Array.of(2n ** 63n - 1n), undefined],
    ['BOOL', [integers('f', 1n)], Uint8Array.of(1), undefined],
    ['STRING', [texts('f', 'é')], [new TextEncoder().encode('é')], undefined],
  ])('make %s of a feature', (dtype, example, data, kind) => {
    const model = signature({ x: [dtype, [null]] }, { y: ['FP32', [null]] });
    const feature = { feature: 'f', ...(kind && { dtype: kind }) };
    expect(fed({ method: 'regress', examples: { x: feature } }, model, example).get('x')).toEqual({
      dtype,
      shape: [1],
      data,
    });
  });

  it.each<[string, DType, Features, string]>([
    ['an integer beyond the input', 'INT8', [integers('f', 128n)], 'input "x" takes INT8, its feature holds 128'],
    [
      'a negative one for an unsigned input',
      'UINT64',
      [integers('f', -1n)],
      'input "x" takes UINT64, its feature holds -1',
    ],
    ['2 for a truth value', 'BOOL', [integers('f', 2n)], 'input "x" takes BOOL, its feature holds 2'],
    ['a missing feature', 'FP32', [], 'Feature: f (data type: FP32) is required but could not be found.'],
    ['another kind', 'FP32', [integers('f', 2n)], "Data types don't match. Data type: INT64 but expected type: FP32"],
    ['too many values', 'FP32', [floats('f', 1, 2)], 'Number of FP32 values != expected.'],
  ])('refuse an example with %s', (_name, dtype, example, message) => {
    const model = signature({ x: [dtype, [null]] }, { y: ['FP32', [null]] });

    expect(() => fed({ method: 'regress', examples: { x: { feature: 'f' } } }, model, example)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
    );
  });

  const TWO = signature({ a: ['FP32', [null]], b: ['FP32', [null]] }, { y: ['FP32', [null]], z: ['INT64', [null]] });

  it.each<[string, ManifestSignature, Signature, string]>([
    [
      'a signature that the model does not have',
      { method: 'predict', run: 'nope' },
      MODEL,
      'signatures.c.run of the manifest is "nope", the model has the signatures serving_default',
    ],
    [
      'no examples for a model that takes numbers',
      { method: 'classify' },
      MODEL,
      'signatures.c.examples of the manifest is missing: "serving_default" takes x (FP32), not serialized examples',
    ],
    [
      'an input that the model does not have',
      { method: 'classify', examples: { z: { feature: 'z' } } },
      MODEL,
      'signatures.c.examples.z of the manifest is no input of "serving_default", which has x',
    ],
    [
      'an input without a feature',
      { method: 'regress', outputs: { outputs: 'y' }, examples: { a: { feature: 'a' } } },
      TWO,
      'signatures.c.examples.b of the manifest is missing: "serving_default" has the inputs a, b',
    ],
    [
      'an input without a feature that has a name which objects have',
      { method: 'regress', examples: {} },
      signature({ constructor: ['FP32', [null]] as const }, { y: ['FP32', [null]] }),
      'signatures.c.examples.constructor of the manifest is missing: "serving_default" has the inputs constructor',
    ],
    [
      'a feature for two inputs',
      { method: 'regress', outputs: { outputs: 'y' }, examples: { a: { feature: 'f' }, b: { feature: 'f' } } },
      TWO,
      'signatures.c.examples of the manifest has two inputs that are read from the feature "f"',
    ],
    [
      'a kind that the input is not made of',
      { method: 'classify', examples: { x: { feature: 'x', dtype: 'bytes' } } },
      MODEL,
      'signatures.c.examples.x.dtype of the manifest is "bytes", which the input\'s dtype FP32 is not made of',
    ],
    [
      'a shape that the input does not have',
      { method: 'classify', examples: { x: { feature: 'x', shape: [3] } } },
      MODEL,
      "signatures.c.examples.x.shape of the manifest is [3] for one example, the input's is [?,2]",
    ],
    [
      'no shape where the model leaves it open',
      { method: 'regress', examples: { x: { feature: 'x' } } },
      signature({ x: ['FP32', null] }, { y: ['FP32', [null]] }),
      "signatures.c.examples.x.shape of the manifest is missing: the input's own is unknown",
    ],
    [
      'a default of another length',
      { method: 'classify', examples: { x: { feature: 'x', default: [1, 2, 3] } } },
      MODEL,
      'signatures.c.examples.x.default of the manifest has 3 values, [2] takes 2',
    ],
    [
      'a default of another kind',
      { method: 'classify', examples: { x: { feature: 'x', default: 'a' } } },
      MODEL,
      'signatures.c.examples.x.default of the manifest is "a", which is no FP32 value',
    ],
    [
      'an output that the model does not have',
      { method: 'classify', examples: X, outputs: { scores: 'nope' } },
      MODEL,
      'signatures.c.outputs.scores of the manifest is "nope", "serving_default" has the outputs y',
    ],
    [
      'scores that are no floats',
      { method: 'classify', examples: { a: { feature: 'a' }, b: { feature: 'b' } }, outputs: { scores: 'z' } },
      TWO,
      'signatures.c.outputs.scores of the manifest is "z", which holds INT64, not FP32',
    ],
    [
      'scores that are no rows',
      { method: 'classify', examples: { a: { feature: 'a' }, b: { feature: 'b' } }, outputs: { scores: 'y' } },
      TWO,
      'signatures.c.outputs.scores of the manifest is "y", whose shape [?] does not have one row of values per example',
    ],
    [
      'regressions of several values',
      { method: 'regress', examples: X },
      MODEL,
      'is "y", whose shape [?,3] does not have one value per example',
    ],
    [
      'several outputs of which none has a usual name',
      { method: 'regress', examples: { a: { feature: 'a' }, b: { feature: 'b' } } },
      TWO,
      'signatures.c.outputs of the manifest is missing: "serving_default" has the outputs y, z, none of them named outputs',
    ],
    [
      'more labels than scores',
      { method: 'classify', examples: X, labels: ['a', 'b', 'c', 'd'] },
      MODEL,
      'signatures.c.labels of the manifest has 4 names for 3 scores',
    ],
  ])('refuse %s', (_name, entry, model, message) => {
    expect(() => resolve(entry, model)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
    );
  });

  it('answer any bytes with tensors or with INVALID_ARGUMENT', () => {
    const { feed } = resolve({ method: 'classify', examples: { x: { feature: 'x', default: 0 } } });
    const example = Buffer.from(encodeExample([floats('x', 1, 2)]));
    const mutated = fc
      .tuple(fc.nat(example.length - 1), fc.uint8Array({ maxLength: 4 }))
      .map(([at, bytes]) => Buffer.concat([example.subarray(0, at), bytes, example.subarray(at + bytes.length)]));
    fc.assert(
      fc.property(fc.array(mutated, { minLength: 1, maxLength: 3 }), (data) => {
        try {
          const x = feed(new Map([['inputs', { dtype: 'STRING', shape: [data.length], data }]])).get('x');
          expect(x?.shape).toEqual([data.length, 2]);
        } catch (error) {
          expect(error).toMatchObject({ code: Code.InvalidArgument });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
