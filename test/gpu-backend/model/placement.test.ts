import { describe, expect, it } from 'vitest';
import { type PlacementFacts, placementOf, type SignatureProfile } from '../../../gpu-backend/src/model/placement.ts';
import { signature } from '../../support/tensors.ts';

const QUICK: SignatureProfile = { oneRowMs: 0.02, fullBatchMs: 0.4, batchable: true };

function facts(change: Partial<PlacementFacts> & { readonly profile?: Partial<SignatureProfile> }): PlacementFacts {
  const { profile, ...rest } = change;
  return {
    loadMs: 3,
    signatures: new Map([['serving_default', signature({ x: ['FP32', [null, 4]] }, { y: ['FP32', [null]] })]]),
    profiles: new Map([['serving_default', { ...QUICK, ...profile }]]),
    ...rest,
  };
}

const withInput = (shape: (number | null)[]): Partial<PlacementFacts> => ({
  signatures: new Map([['serving_default', signature({ x: ['FP32', shape] }, { y: ['FP32', [null]] })]]),
});

describe('placementOf', () => {
  it.each([
    { name: 'a quick batchable model', change: {}, expected: 'inline' },
    { name: 'a row slower than a thread hop', change: { profile: { oneRowMs: 0.16 } }, expected: 'worker' },
    { name: 'a full batch that would stall the thread', change: { profile: { fullBatchMs: 6 } }, expected: 'worker' },
    { name: 'a model that refused the trial run', change: { profile: { oneRowMs: undefined } }, expected: 'worker' },
    { name: 'a long load', change: { loadMs: 51 }, expected: 'worker' },
    { name: 'a free inner dimension', change: withInput([null, null]), expected: 'worker' },
    {
      name: 'unknown rank',
      change: { signatures: new Map([['serving_default', signature({ x: ['FP32', null] }, {})]]) },
      expected: 'worker',
    },
    { name: 'free rows that cannot be batched', change: { profile: { batchable: false } }, expected: 'worker' },
    {
      name: 'fixed shapes',
      change: { ...withInput([1, 4]), profile: { batchable: false, fullBatchMs: undefined } },
      expected: 'inline',
    },
  ])('puts $name $expected', ({ change, expected }) => {
    expect(placementOf(facts(change))).toBe(expected);
  });
});
