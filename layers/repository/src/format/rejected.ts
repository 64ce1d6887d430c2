import * as z from 'zod';

/** Stands in a version that cannot be published, and says why; no part of the version. */
export const REJECTED_NAME = 'rejected.json';

/** Why a version that somebody uploaded does not become visible. */
export interface Rejected {
  /** One sentence. */
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of the files that were judged: when they change, they are judged again. */
  readonly fingerprint: string;
}

export const MAX_REJECTED_BYTES = 64 * 1024;

const rejectedSchema = z
  .strictObject({
    format: z.literal(1),
    reason: z.string(),
    rejected: z.iso.datetime().transform((text) => Date.parse(text)),
    files: z.string(),
  })
  .transform(({ reason, rejected, files }): Rejected => ({ reason, at: rejected, fingerprint: files }));

/** Undefined for a text that somebody else has written there. */
export function parseRejected(text: string): Rejected | undefined {
  try {
    return rejectedSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function formatRejected({ reason, at, fingerprint }: Rejected): string {
  const value = { format: 1, reason, rejected: new Date(at).toISOString(), files: fingerprint };
  return `${JSON.stringify(value, null, 2)}\n`;
}
