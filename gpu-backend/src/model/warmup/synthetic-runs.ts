import { byteSizeOf, type Signature } from '@tensorfleet/core';
import type { BatchPolicy } from '../../batching/batch-policy.ts';
import type { SignatureProfile } from '../placement.ts';

/** A run with zeros that prepares a signature for batches of `rows` rows. */
export interface SyntheticRun {
  readonly signature: Signature;
  readonly rows: number;
  /** By what one row took. */
  readonly expectedMs: number;
}

/** What batches will be like. */
export interface BatchFacts {
  readonly profiles: ReadonlyMap<string, SignatureProfile>;
  readonly policy: Pick<BatchPolicy, 'allowedBatchSizes' | 'maxBatchSize'>;
}

/** Zeros of one run; more would cost memory that the requests themselves may never need. */
const MAX_ZERO_BYTES = 64 * 2 ** 20;
/** Bytes of an empty string in a tensor. */
const STRING_BYTES = 16;

/**
 * The sizes that every signature will meet: every allowed batch size, or one row and a full batch where any size is
 * allowed; one row for a signature that is not batched. Signatures that refused zeros before are left out.
 */
export function syntheticRuns(
  signatures: Iterable<Signature>,
  { profiles, policy }: BatchFacts,
): readonly SyntheticRun[] {
  const { allowedBatchSizes, maxBatchSize } = policy;
  const sizes = allowedBatchSizes.length > 0 ? allowedBatchSizes : [...new Set([1, maxBatchSize])];
  return [...signatures].flatMap((signature) => {
    const { oneRowMs, batchable = false } = profiles.get(signature.name) ?? {};
    return oneRowMs === undefined
      ? []
      : (batchable ? sizes : [1])
          .filter((rows) => zeroBytes(signature, rows) <= MAX_ZERO_BYTES)
          .map((rows) => ({ signature, rows, expectedMs: rows * oneRowMs }));
  });
}

function zeroBytes({ inputs }: Signature, rows: number): number {
  return inputs.values().reduce((sum, { dtype, shape }) => {
    const elements = (shape ?? []).reduce<number>((count, size, axis) => count * (size ?? (axis === 0 ? rows : 1)), 1);
    return sum + elements * (dtype === 'STRING' ? STRING_BYTES : byteSizeOf(dtype));
  }, 0);
}
