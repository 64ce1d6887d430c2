import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { StatusError } from '@tensorfleet/core';
import type { ObjectFacts } from './object-store.ts';
import { openBody } from './s3-body.ts';
import type { S3Call, S3Requests } from './s3-requests.ts';

/** Metadata of an uploaded object. */
export const SHA256 = 'sha256';

/** Resolves with undefined where there is no such object; rejects with every other reason. */
export function absenceOf(reason: unknown): undefined {
  if (!StatusError.is(reason) || reason.details['fault'] !== 'missing') {
    throw reason;
  }
}

export async function headObject(
  requests: S3Requests,
  key: string,
  signal: AbortSignal | undefined,
): Promise<(ObjectFacts & { readonly sha256?: string }) | undefined> {
  const call: S3Call = { operation: 'head', key, signal };
  const command = new HeadObjectCommand(requests.target(key));
  const found = await requests
    .send(call, (options) => requests.client.send(command, options))
    .catch(async (reason: unknown) => {
      await explain(requests, call, reason);
      return absenceOf(reason);
    });
  const sha256 = found?.Metadata?.[SHA256];
  return (
    found && {
      key,
      bytes: found.ContentLength ?? 0,
      etag: found.ETag ?? '',
      ...(sha256 !== undefined && { sha256 }),
    }
  );
}

/** A refused HEAD has no words; the same question as a GET of one byte has. Rejects with them, if it is refused too. */
async function explain(requests: S3Requests, call: S3Call, reason: unknown): Promise<void> {
  if (StatusError.is(reason) && ['denied', 'refused'].includes(reason.details['fault'] ?? '')) {
    const body = await openBody(requests, call, { range: { start: 0, end: 1 } });
    body.discard();
  }
}
