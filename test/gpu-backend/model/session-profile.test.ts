import { invalidArgument, type NamedTensors, type Signature } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../../gpu-backend/src/engine/engine.ts';
import { profileSession, zeroInputs } from '../../../gpu-backend/src/model/session-profile.ts';
import { fp32, named, signature, valuesOf } from '../../support/tensors.ts';

const ROWS = signature({ x: ['FP32', [null]] }, { y: ['FP32', [null]] });

function sessionOf(compute: (values: number[]) => number[], served: Signature = ROWS): Session {
  return {
    signatures: new Map([[served.name, served]]),
    run: async (_name, inputs: NamedTensors) => {
      const values = compute(valuesOf(inputs, 'x'));
      return named({ y: fp32([values.length], ...values) });
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function isBatchable(session: Session): Promise<boolean | undefined> {
  return (await profileSession(session, 4)).get(ROWS.name)?.batchable;
}

describe('profileSession', () => {
  it('finds that requests may share a run of a model whose rows are apart', async () => {
    expect(await isBatchable(sessionOf((values) => values.map((value) => 2 * value + 1)))).toBe(true);
  });

  it.each<[string, (values: number[]) => number[]]>([
    ['loses rows', () => [1]],
    ['mixes its rows', (values) => values.map((value) => value - Math.max(...values) + 1)],
  ])('keeps requests apart of a model that %s', async (_, compute) => {
    expect(await isBatchable(sessionOf(compute))).toBe(false);
  });

  it('believes a model that takes no ones', async () => {
    const compute = (values: number[]): number[] => {
      if (values.includes(1)) {
        throw invalidArgument('zeros only');
      }
      return values;
    };
    expect(await isBatchable(sessionOf(compute))).toBe(true);
  });

  it('calls inputs by the names of the signature, not of the graph', async () => {
    const spec = { name: 'serving_default_x:0', dtype: 'FP32' as const, shape: [null, 3] };
    const served: Signature = { ...ROWS, inputs: new Map([['x', spec]]) };
    expect([...zeroInputs(served, 2)]).toEqual([['x', fp32([2, 3], 0, 0, 0, 0, 0, 0)]]);
    const profile = (
      await profileSession(
        sessionOf((values) => values.slice(0, 1), served),
        4,
      )
    ).get(ROWS.name);
    expect(profile?.oneRowMs).toBeGreaterThan(0);
  });
});
