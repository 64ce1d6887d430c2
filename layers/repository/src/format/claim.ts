import { dataLoss, invalidArgument } from '@tensorfleet/core';
import * as z from 'zod';
import { MAX_MANIFEST_BYTES } from './manifest.ts';
import { formatProblems } from './problems.ts';

/**
 * The hidden file that a publisher writes into a version before anything else, and deletes when the index names the
 * version. Whoever finds it without a manifest.json knows that the version is unfinished, and no plain upload.
 */
export const CLAIM_NAME = '.publishing.json';

/** A manifest in quotes has at most twice its bytes. */
export const MAX_CLAIM_BYTES = 2 * MAX_MANIFEST_BYTES + 1024;

export interface Claim {
  /** The text of the manifest.json that the version will get. Who would write the same one may go on with the work. */
  readonly manifest: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /**
   * `begun`: nothing is uploaded before somebody who would write the same manifest has looked once more and kept it.
   * `withdrawn`: a plain upload was faster; it is being deleted, and nobody takes it over. Only `begun` ones change, by a
   * conditional write.
   */
  readonly state: 'begun' | 'kept' | 'withdrawn';
}

const claimSchema = z
  .strictObject({
    format: z.literal(1),
    started: z.iso.datetime(),
    manifest: z.string(),
    state: z.enum(['begun', 'kept', 'withdrawn']),
  })
  .transform(({ started, manifest, state }): Claim => ({ manifest, startedAt: Date.parse(started), state }));

/** Throws DATA_LOSS for what is no JSON, INVALID_ARGUMENT for what is no claim; `place` says in errors where it stands. */
export function parseClaim(text: string, place: string): Claim {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (reason) {
    throw dataLoss(`"${place}" is not JSON`, { path: place }, reason);
  }
  const result = claimSchema.safeParse(value);
  if (!result.success) {
    throw invalidArgument(`"${place}" is no claim of a publisher: ${formatProblems(result.error.issues, value)}`);
  }
  return result.data;
}

export function formatClaim({ manifest, startedAt, state }: Claim): string {
  return `${JSON.stringify({ format: 1, state, started: new Date(startedAt).toISOString(), manifest })}\n`;
}
