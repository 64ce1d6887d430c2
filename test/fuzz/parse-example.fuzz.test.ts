import { type AnyTensor, StatusError } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOST_OPS } from '../../gpu-backend/src/engine/host/host-ops.ts';
import { type GoldenCase, readGoldens, tensorOf } from '../gpu-backend/engine/host/goldens.ts';

/** Nodes that TensorFlow ran too: each is given other bytes in place of its examples. */
const nodes = ['ParseExample', 'ParseExampleV2', 'ParseSingleExample'].flatMap((op) =>
  readGoldens()
    .get(op)!
    .filter(({ inputs }) => inputs[0]!.shape.length < 2)
    .map((golden) => ({ op, golden })),
);

type Mutation = readonly [position: number, byte: number, kind: number];

/** Bytes that are overwritten, taken out or put in. */
function mutate(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  const mutated = [...bytes];
  for (const [position, byte, kind] of mutations) {
    mutated.splice(position % (mutated.length + 1), kind === 0 ? 0 : 1, ...(kind === 1 ? [] : [byte]));
  }
  return Uint8Array.from(mutated);
}

async function run(
  op: string,
  { attributes }: GoldenCase,
  inputs: readonly AnyTensor[],
): Promise<readonly AnyTensor[]> {
  try {
    return await HOST_OPS.get(op)!(attributes, [])(inputs);
  } catch (reason) {
    expect(StatusError.is(reason), String(reason)).toBe(true);
    return [];
  }
}

describe('parsing examples', () => {
  const anyMutations = fc.array(fc.tuple(fc.nat(400), fc.nat(255), fc.nat(2)), { minLength: 1, maxLength: 6 });

  it('gives no more values than the bytes can hold, or a StatusError, for mutated examples', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(nodes.length - 1), anyMutations, async (index, mutations) => {
        const { op, golden } = nodes[index]!;
        const [serialized, ...others] = golden.inputs.map(tensorOf);
        if (serialized?.dtype !== 'STRING') {
          throw new Error('the first input is not the examples');
        }
        const data = serialized.data.map((bytes) => mutate(bytes, mutations));
        const rows = Math.max(1, data.length);
        const bytes = data.reduce((sum, one) => sum + one.length, 0);
        for (const output of await run(op, golden, [{ ...serialized, data }, ...others])) {
          expect(output.data.length).toBeLessThan(2 * rows * (bytes + 10));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('reads arbitrary bytes or throws a StatusError', async () => {
    const { op, golden } = nodes.find((node) => node.op === 'ParseExampleV2')!;
    const [, ...others] = golden.inputs.map(tensorOf);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        await run(op, golden, [{ dtype: 'STRING', shape: [], data: [bytes] }, ...others]);
      }),
      { numRuns: 3000 },
    );
  });
});
