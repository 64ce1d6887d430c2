import { internal, invalidArgument, type NamedTensors, unimplemented } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { type ConvertGolden, type OpGolden, opFamilies, problemOf, readOpFamily } from './op-goldens.ts';
import { fp32, named } from './tensors.ts';

const GOLDEN: OpGolden = {
  name: 'one',
  graphs: new Map([['static', new Uint8Array()]]),
  inputs: named({ x: fp32([1], 1) }),
  variables: new Map(),
  fetches: new Map([['y', 'Identity:0']]),
  expected: { outputs: named({ y: fp32([1], 2) }) },
  tolerance: undefined,
  signedZero: false,
  refused: new Set(),
  x86: false,
};
const RAISING: OpGolden = { ...GOLDEN, expected: { error: { code: 'INVALID_ARGUMENT', message: 'Division by zero' } } };
const REFUSED: OpGolden = { ...GOLDEN, refused: new Set(['static']) };

const right = answering(() => named({ y: fp32([1], 2.000001) }));
const wrong = answering(() => named({ y: fp32([1], 2.1) }));
const raising = answering(() => {
  throw invalidArgument('no');
});
const refusing: ConvertGolden = () => Promise.reject(unimplemented('op Foo is not covered'));
const unloadable: ConvertGolden = () => Promise.reject(invalidArgument('the graph cannot be loaded'));

function answering(run: () => NamedTensors): ConvertGolden {
  return async () => ({ run: async () => run(), [Symbol.asyncDispose]: async () => undefined });
}

describe('problemOf', () => {
  it.each([
    ['the right answer', GOLDEN, right],
    ['an error where TensorFlow raises', RAISING, raising],
    ['a refusal where TensorFlow raises', RAISING, refusing],
    ['a refusal that is expected', REFUSED, refusing],
  ])('accepts %s', async (_name, golden, convert) => {
    expect(await problemOf(golden, 'static', convert)).toBeUndefined();
  });

  it.each([
    ['a wrong answer', GOLDEN, wrong, 'y FP32[1] at [0] is 2.0999'],
    ['a missing answer', GOLDEN, answering(() => new Map()), 'y is missing'],
    ['an answer where TensorFlow raises', RAISING, right, 'answers 2.00000'],
    ['an error where TensorFlow answers', GOLDEN, raising, 'INVALID_ARGUMENT: no'],
    ['a refusal', GOLDEN, refusing, 'UNIMPLEMENTED: op Foo is not covered'],
    ['an answer where a refusal is expected', REFUSED, right, 'is not refused any more'],
    ['a broken graph where a refusal is expected', REFUSED, unloadable, 'INVALID_ARGUMENT: the graph cannot be loaded'],
  ])('names %s', async (_name, golden, convert, words) => {
    expect(await problemOf(golden, 'static', convert)).toContain(words);
  });

  it('lets our own bugs through', async () => {
    const buggy: ConvertGolden = () => Promise.reject(internal('bug'));

    await expect(problemOf(RAISING, 'static', buggy)).rejects.toThrow('bug');
  });
});

describe('readOpFamily', () => {
  it.each(opFamilies())('reads %s, whole', (family) => {
    for (const { name, graphs, expected } of readOpFamily(family)) {
      expect(graphs.size, name).toBeGreaterThan(0);
      expect('error' in expected || expected.outputs.size > 0, name).toBe(true);
    }
  });

  const sums = new Map(readOpFamily('reduce').map((golden) => [golden.name, golden]));

  it('decodes inputs, answers and graphs', () => {
    const golden = sums.get('Sum float32 [0] of [2,2]');

    expect(golden).toMatchObject({
      inputs: named({ x: fp32([2, 2], 1, 2, 3, 4) }),
      expected: { outputs: named({ y: fp32([2], 4, 6) }) },
    });
    expect([...(golden?.graphs.keys() ?? [])]).toEqual(['dynamic', 'static']);
  });

  it('knows where TensorFlow raises', () => {
    expect(sums.get('Sum axis out of range')?.expected).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
  });
});
