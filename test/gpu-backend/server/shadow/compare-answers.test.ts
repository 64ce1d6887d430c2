import { type AnyTensor, bfloat16Bits, type NamedTensors, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { ClassOutput } from '../../../../gpu-backend/src/server/shadow/class-output.ts';
import { differenceOf } from '../../../../gpu-backend/src/server/shadow/compare-answers.ts';
import { fp32, int64, named, strings } from '../../../support/tensors.ts';

const SCORES: ClassOutput = { scores: 'y' };
const NAMED_SCORES: ClassOutput = { scores: 'y', names: 'names' };

function difference(
  answered: NamedTensors | AnyTensor,
  mirrored: NamedTensors | AnyTensor,
  output?: ClassOutput,
): Promise<number> {
  const [own, other] = [answered, mirrored].map((one) => ('dtype' in one ? named({ y: one }) : one));
  return differenceOf(own ?? new Map(), other ?? new Map(), output, async () => undefined);
}

describe('differenceOf values', () => {
  it.each<[string, AnyTensor, AnyTensor]>([
    ['equal numbers', fp32([3], 1, 0, -2), fp32([3], 1, -0, -2)],
    ['numbers within 0.1 % of each other', fp32([2], 1000, -1000), fp32([2], 1000.9, -999.1)],
    ['tiny numbers within 1e-5 of each other', fp32([2], 0, 1e-6), fp32([2], 9e-6, -8e-6)],
    ['NaN in the same places', fp32([2], Number.NaN, 1), fp32([2], Number.NaN, 1)],
    ['the same infinity', fp32([1], Number.POSITIVE_INFINITY), fp32([1], Number.POSITIVE_INFINITY)],
    ['bfloat16 a bit apart near 1000', bf16(1000), bf16(1000)],
    ['equal integers', int64([2], 1n, 2n), int64([2], 1n, 2n)],
    ['equal strings', strings([2], 'a', ''), strings([2], 'a', '')],
    ['nothing', fp32([0]), fp32([0])],
    ['a scalar', fp32([], 5), fp32([], 5)],
  ])('takes %s for the same', async (_what, answered, mirrored) => {
    expect(await difference(answered, mirrored)).toBe(0);
  });

  it.each<[string, AnyTensor, AnyTensor]>([
    ['a number beyond 0.1 %', fp32([1], 1000), fp32([1], 1002)],
    ['another sign', fp32([1], 1), fp32([1], -1)],
    ['a number for NaN', fp32([1], Number.NaN), fp32([1], 0)],
    ['an infinite number for a large one', fp32([1], 3e38), fp32([1], Number.POSITIVE_INFINITY)],
    ['the other infinity', fp32([1], Number.NEGATIVE_INFINITY), fp32([1], Number.POSITIVE_INFINITY)],
    ['bfloat16 by value, not by bits', bf16(1), bf16(1.02)],
    ['integers one apart', int64([1], 1000n), int64([1], 1001n)],
    ['strings', strings([1], 'a'), strings([1], 'b')],
    ['another shape with as many elements', fp32([2, 1], 1, 2), fp32([1, 2], 1, 2)],
    ['another dtype', fp32([1], 1), tensor('FP64', [1], Float64Array.of(1))],
    ['a scalar', fp32([], 5), fp32([], 6)],
  ])('tells %s', async (_what, answered, mirrored) => {
    expect(await difference(answered, mirrored)).toBe(1);
  });

  it.each<[string, NamedTensors, NamedTensors]>([
    ['of another name', named({ y: fp32([1], 1) }), named({ z: fp32([1], 1) })],
    ['more', named({ y: fp32([1], 1) }), named({ y: fp32([1], 1), z: fp32([1], 1) })],
    ['less', named({ y: fp32([1], 1), z: fp32([1], 1) }), named({ y: fp32([1], 1) })],
  ])('tells outputs %s', async (_what, answered, mirrored) => {
    expect(await difference(answered, mirrored)).toBe(1);
  });

  it('is the share of rows in which any output differs', async () => {
    const answered = named({ y: fp32([4, 2], 1, 1, 2, 2, 3, 3, 4, 4), z: int64([4], 1n, 2n, 3n, 4n) });
    const mirrored = named({ y: fp32([4, 2], 1, 1, 2, 9, 3, 3, 4, 4), z: int64([4], 1n, 0n, 3n, 0n) });
    expect(await difference(answered, mirrored)).toBe(0.5);
  });

  it('is all or nothing for outputs of different first dimensions', async () => {
    const answered = named({ y: fp32([4], 1, 2, 3, 4), z: fp32([1], 1) });
    const mirrored = named({ y: fp32([4], 1, 2, 3, 5), z: fp32([1], 1) });
    expect(await difference(answered, mirrored)).toBe(1);
  });
});

describe('differenceOf classes', () => {
  it.each<[string, AnyTensor, AnyTensor]>([
    ['other scores for the same class', fp32([1, 3], 0.1, 0.2, 0.7), fp32([1, 3], 0, 0, 1)],
    ['the first of equal scores', fp32([1, 3], 0.4, 0.4, 0.2), fp32([1, 3], 0.5, 0.1, 0.4)],
    ['NaN below all scores', fp32([1, 2], Number.NaN, -5), fp32([1, 2], -6, -5)],
    ['the class of one row without a dimension for rows', fp32([2], 0, 1), fp32([2], 0.3, 0.4)],
    ['single scores on the same side of a half', fp32([2, 1], 0.5, 0.1), fp32([2, 1], 0.9, 0.4)],
  ])('takes %s for the same', async (_what, answered, mirrored) => {
    expect(await difference(answered, mirrored, SCORES)).toBe(0);
  });

  it('is the share of rows with another class', async () => {
    const answered = fp32([4, 2], 1, 0, 1, 0, 1, 0, 1, 0);
    const mirrored = fp32([4, 2], 0.6, 0.4, 0.4, 0.6, 0.9, 0.1, 0.51, 0.49);
    expect(await difference(answered, mirrored, SCORES)).toBe(0.25);
  });

  it('tells single scores on two sides of a half', async () => {
    expect(await difference(fp32([2, 1], 0.6, 0.1), fp32([2, 1], 0.4, 0.2), SCORES)).toBe(0.5);
  });

  it('looks at nothing but the classes, whose rows are its own', async () => {
    const answered = named({ y: fp32([2, 2], 1, 0, 1, 0), hidden: fp32([3], 1, 2, 3) });
    const mirrored = named({ y: fp32([2, 2], 0, 1, 1, 0), hidden: fp32([3], 7, 8, 9) });
    expect(await difference(answered, mirrored, SCORES)).toBe(0.5);
  });

  it('tells one more class', async () => {
    expect(await difference(fp32([1, 2], 1, 0), fp32([1, 3], 1, 0, 0), SCORES)).toBe(1);
  });

  it('compares the names of classes where they are answered: their order is the version’s own', async () => {
    const answered = named({ y: fp32([2, 2], 1, 0, 1, 0), names: strings([2, 2], 'cat', 'dog', 'cat', 'dog') });
    const mirrored = named({ y: fp32([2, 2], 0, 1, 1, 0), names: strings([2, 2], 'dog', 'cat', 'dog', 'cat') });
    expect(await difference(answered, mirrored, NAMED_SCORES)).toBe(0.5);
  });

  it('compares scores that are no floating point numbers by value', async () => {
    expect(await difference(int64([2], 1n, 2n), int64([2], 1n, 3n), SCORES)).toBe(1);
  });
});

it('differenceOf pauses while it compares what is large', async () => {
  let pauses = 0;
  const y = tensor('FP32', [1024, 1024], new Float32Array(2 ** 20));
  await differenceOf(named({ y }), named({ y }), undefined, async () => {
    pauses += 1;
  });
  expect(pauses).toBe(8);
});

function bf16(value: number): AnyTensor {
  return tensor('BF16', [1], Uint16Array.of(bfloat16Bits(value)));
}
