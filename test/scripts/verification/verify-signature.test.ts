import { invalidArgument, type NamedTensors } from '@tensorfleet/core';
import type { Session } from '@tensorfleet/gpu-backend';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { renderVerification } from '../../../scripts/src/verification/render-verification.ts';
import { verifySignature } from '../../../scripts/src/verification/verify-signature.ts';
import { fp32, named, signature, valuesOf } from '../../support/tensors.ts';

const SIGNATURE = signature({ x: ['FP32', [null]] }, { y: ['FP32', [null]] });
const SMALL = named({ x: fp32([1], 1) });
const LARGE = named({ x: fp32([1], 100) });

/** Answers `x + off`; refuses from `limit` on. */
function engine(off: number, limit = Number.POSITIVE_INFINITY): Session {
  return {
    signatures: new Map([[SIGNATURE.name, SIGNATURE]]),
    async run(_name: string, inputs: NamedTensors) {
      const [x = 0] = valuesOf(inputs, 'x');
      if (x >= limit) {
        throw invalidArgument(`${x} is too much`);
      }
      return named({ y: fp32([1], x + off) });
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

describe('verifySignature', () => {
  it.each([
    ['equal outputs', engine(0), engine(0), [LARGE], {}, 'same'],
    ['outputs that differ', engine(0.1), engine(0), [LARGE], {}, 'different'],
    ['a difference that is allowed', engine(0.1), engine(0), [LARGE], { atol: 0.2 }, 'same'],
    ['a tighter tolerance', engine(1e-6), engine(0), [SMALL], { rtol: 0, atol: 0 }, 'different'],
    ['inputs that both refuse, then others', engine(0, 50), engine(0, 50), [LARGE, SMALL], {}, 'same'],
    ['inputs that both refuse', engine(0, 50), engine(0, 50), [LARGE], {}, 'refused'],
    ['a refusal of one alone', engine(0, 50), engine(0), [LARGE, SMALL], {}, 'different'],
  ])('judges %s', async (_, converted, tensorflow, candidates, tolerance, verdict) => {
    const found = await verifySignature({ converted, tensorflow }, SIGNATURE, candidates, tolerance);
    expect(found.verdict).toBe(verdict);
  });

  it('shows what differs, and what was refused', async () => {
    const plain = picocolors.createColors(false);
    const pairs = [
      { converted: engine(0.5), tensorflow: engine(0) },
      { converted: engine(0, 50), tensorflow: engine(0) },
    ];
    const results = await Promise.all(pairs.map((pair) => verifySignature(pair, SIGNATURE, [LARGE], {})));
    expect(renderVerification(results, plain).split('\n')).toEqual([
      `signature ${SIGNATURE.name}: different`,
      'output  type     max abs  max rel  differ',
      'y       FP32[1]   5.0e-1   5.0e-3  1 of 1',
      'y: 100.5, not 100, at [0]',
      '',
      `signature ${SIGNATURE.name}: different`,
      'converted: 100 is too much',
    ]);
  });

  it('refuses inputs that do not fit the signature', async () => {
    const pair = { converted: engine(0), tensorflow: engine(0) };
    const wrong = named({ z: fp32([1], 1) });
    await expect(verifySignature(pair, SIGNATURE, [wrong], {})).rejects.toThrow('x');
  });
});
