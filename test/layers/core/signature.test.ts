import { type AnyTensor, Code, validateInputs } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { fp32, int64, named, signature } from '../../support/tensors.ts';

const SIGNATURE = signature({ a: ['FP32', [null, 2]], b: ['FP32', null] }, { y: ['FP32', [null]] });
const B = fp32([1], 1);

describe('validateInputs', () => {
  it('accepts free dimensions of any size and free ranks', () => {
    expect(() => validateInputs(SIGNATURE, named({ a: fp32([0, 2]), b: fp32([1, 1, 1], 1) }))).not.toThrow();
  });

  it.each<{ name: string; inputs: Readonly<Record<string, AnyTensor>>; text: string }>([
    { name: 'a missing input', inputs: { b: B }, text: 'Missing but required: {a}' },
    {
      name: 'a name for another',
      inputs: { a: fp32([1, 2], 1, 2), z: B },
      text: 'Signature input alias: b(feed name: b:0) not found in request and no default value provided. Inputs expected to be in the request {a,z}',
    },
    { name: 'an extra input', inputs: { a: fp32([1, 2], 1, 2), b: B, c: B }, text: 'Sent extra: {c}' },
    {
      name: 'a wrong dtype',
      inputs: { a: int64([1, 2], 1n, 2n), b: B },
      text: 'input "a" has dtype INT64, signature "serving_default" wants FP32',
    },
    {
      name: 'a wrong dimension',
      inputs: { a: fp32([1, 3], 1, 2, 3), b: B },
      text: 'input "a" has shape [1,3], signature "serving_default" wants [?,2]',
    },
    { name: 'a wrong rank', inputs: { a: fp32([2], 1, 2), b: B }, text: 'has shape [2]' },
  ])('refuses $name and names it', ({ inputs, text }) => {
    expect(() => validateInputs(SIGNATURE, named(inputs))).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(text) }),
    );
  });
});
