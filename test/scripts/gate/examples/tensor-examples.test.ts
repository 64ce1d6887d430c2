import { Code, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { Payload } from '../../../../scripts/src/data/payload.ts';
import type { FleetTarget } from '../../../../scripts/src/fleet/fleet-target.ts';
import { tensorExamples } from '../../../../scripts/src/gate/examples/tensor-examples.ts';
import { fp32, int64, named, strings } from '../../../support/tensors.ts';
import { values } from '../labelled.ts';

const ARRAYS = named({ inputs: fp32([2, 2], 1, 2, 3, 4), wanted: fp32([2, 1], 5, 6), counts: int64([2], 7n, 8n) });
const CALL = { timeoutMs: 1, signal: new AbortController().signal };

function examples(targets: Readonly<Record<string, string>>, equalWithin = 0): ReturnType<typeof tensorExamples> {
  const data = { kind: 'tensors', file: 'x.npz', inputs: new Map([['x', 'inputs']]), equalWithin } as const;
  return tensorExamples(ARRAYS, { ...data, targets: new Map(Object.entries(targets)) });
}

/** Answers everything with this JSON, and notes what it was asked. */
function answering(json: string, asked: Payload[] = []): FleetTarget {
  return {
    async predict(_, payload) {
      asked.push(payload);
      return { kind: 'outputs', version: version(3), outputs: [], json };
    },
    predictImage: () => Promise.reject(new Error('not asked')),
    versions: () => Promise.reject(new Error('not asked')),
    async [Symbol.asyncDispose]() {},
  };
}

describe('tensorExamples', () => {
  it('sends a row as a batch of one, and reads the only output whatever its name', async () => {
    const asked: Payload[] = [];
    const target = answering('{"outputs": [[5.5]]}', asked);
    expect(await examples({ y: 'wanted' }).ask(target, { name: 'm' }, 1, CALL)).toEqual({
      said: values(5.5),
      version: 3,
    });
    expect(asked).toEqual([{ kind: 'arrays', tensors: named({ x: fp32([1, 2], 3, 4) }) }]);
  });

  it('has the values of all targets as the truth, in their order', async () => {
    const both = examples({ y: 'wanted', n: 'counts' });
    expect(both.count).toBe(2);
    expect(both.truth(1)).toEqual(values(6, 8));
    const target = answering('{"outputs": {"n": [70], "y": [[50]], "other": ["text"]}}');
    expect((await both.ask(target, { name: 'm' }, 0, CALL)).said).toEqual(values(50, 70));
  });

  it.each([
    ['of another size', '{"outputs": [[1, 2]]}', 'output "y" has 2 values, the target of an example 1'],
    ['without the output', '{"outputs": {"z": [1], "v": [2]}}', 'the answer has no output "y" of numbers, it has z, v'],
    ['of texts', '{"outputs": ["a"]}', 'the answer has no output "y" of numbers'],
  ])('refuses an answer %s', async (_, json, message) => {
    await expect(examples({ y: 'wanted' }).ask(answering(json), { name: 'm' }, 0, CALL)).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    [0, values(1, 2), values(1, 2), true],
    [0, values(1), values(1.01), false],
    [0.1, values(1), values(1.01), true],
    [0.1, values(1), values(1, 1), false],
    [0, values(Number.NaN), values(Number.NaN), true],
    [9, values(Number.NaN), values(1), false],
  ])('within %d takes answers for equal or not', (within, left, right, isEqual) => {
    expect(examples({ y: 'wanted' }, within).isEqual(left, right)).toBe(isEqual);
  });

  it.each([
    ['a missing array', { y: 'missing' }, 'the data set has no array "missing", it has counts, inputs, wanted'],
  ])('refuses %s', (_, targets, message) => {
    expect(() => examples(targets)).toThrow(message);
  });

  it.each([
    ['of different lengths', fp32([3], 1, 2, 3), 'same number of rows'],
    ['of texts', strings([2], 'a', 'b'), 'the target "y" is STRING'],
  ])('refuses targets %s', (_, wanted, message) => {
    const data = {
      kind: 'tensors',
      file: '',
      inputs: new Map([['x', 'x']]),
      targets: new Map([['y', 'y']]),
      equalWithin: 0,
    } as const;
    expect(() => tensorExamples(named({ x: fp32([2], 1, 2), y: wanted }), data)).toThrow(message);
  });
});
