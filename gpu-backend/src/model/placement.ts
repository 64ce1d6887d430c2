import type { Signature } from '@tensorfleet/core';

/**
 * A hop to a sleeping worker costs 70 to 100 microseconds, so a run shorter than about that is cheaper on the
 * thread that holds the request. Runs block that thread; hence the other bounds.
 */
export const INLINE_MAX_RUN_MS = 0.15;
/** The longest pause that a full batch may put on the main thread. */
const INLINE_MAX_BATCH_MS = 5;
/** The longest pause that loading the session a second time may put on the main thread. */
export const INLINE_MAX_LOAD_MS = 50;

/** What a signature costs, found out by running it; milliseconds per run. */
export interface SignatureProfile {
  /** One row; undefined when the model refused the made-up inputs: then nothing is known. */
  readonly oneRowMs: number | undefined;
  /** Two rows; undefined when the model refused them, or has no rows. */
  readonly twoRowsMs?: number | undefined;
  /** A full batch; undefined when that was not measured, because one row is slow already. */
  readonly fullBatchMs: number | undefined;
  /** Whether outputs have as many rows as inputs, for one row and for two. */
  readonly batchable: boolean;
}

/** Everything known about a loaded model when its place is chosen. */
export interface PlacementFacts {
  readonly loadMs: number;
  readonly signatures: ReadonlyMap<string, Signature>;
  readonly profiles: ReadonlyMap<string, SignatureProfile>;
}

export type Placement = 'inline' | 'worker';

/**
 * Inline only when no request of this model can take long: cost measured, bounded by shape, and small.
 * For graphs without loops: the cost of the others depends on their inputs' values, too.
 */
export function placementOf(facts: PlacementFacts): Placement {
  const bounded = [...facts.signatures.values()].every((signature) => {
    const profile = facts.profiles.get(signature.name);
    return profile !== undefined && isBounded(signature, profile) && isQuick(profile);
  });
  return bounded && facts.loadMs <= INLINE_MAX_LOAD_MS ? 'inline' : 'worker';
}

/** No dimension is free but the batch, whose size the queue bounds. */
function isBounded(signature: Signature, profile: SignatureProfile): boolean {
  return [...signature.inputs.values()].every(
    ({ shape }) => shape?.every((size, axis) => size !== null || (axis === 0 && profile.batchable)) ?? false,
  );
}

function isQuick({ oneRowMs, fullBatchMs, batchable }: SignatureProfile): boolean {
  return (
    oneRowMs !== undefined &&
    oneRowMs <= INLINE_MAX_RUN_MS &&
    (!batchable || (fullBatchMs !== undefined && fullBatchMs <= INLINE_MAX_BATCH_MS))
  );
}
