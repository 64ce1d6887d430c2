import { StatusError } from '@tensorfleet/core';
import type { GcsCall, GcsRequests } from './gcs-requests.ts';
import type { ObjectFacts } from './object-store.ts';

/** Custom metadata of an uploaded object. */
export const SHA256 = 'sha256';

/** Custom metadata of an object that was written with a condition: which write it was. */
export const WRITE_ID = 'write-id';

export interface GcsFacts extends ObjectFacts {
  readonly sha256?: string;
  readonly writeId?: string;
}

/** Resolves with undefined for a missing object. `unlessEtag` must be a generation. */
export async function headGcsObject(
  requests: GcsRequests,
  call: GcsCall,
  unlessEtag?: string,
): Promise<GcsFacts | 'unchanged' | undefined> {
  try {
    const query = unlessEtag === undefined ? {} : { ifGenerationNotMatch: unlessEtag };
    const [{ size, generation, metadata }] = await requests.send(call, () =>
      requests.file(call.key).getMetadata(query),
    );
    const etag = String(generation);
    if (etag === unlessEtag) {
      return 'unchanged';
    }
    const [sha256, writeId] = [metadata?.[SHA256], metadata?.[WRITE_ID]];
    return {
      key: call.key,
      bytes: Number(size),
      etag,
      ...(typeof sha256 === 'string' && { sha256 }),
      ...(typeof writeId === 'string' && { writeId }),
    };
  } catch (reason) {
    return answerOf(reason);
  }
}

function answerOf(reason: unknown): 'unchanged' | undefined {
  const fault = StatusError.is(reason) ? reason.details['fault'] : undefined;
  if (fault !== 'unchanged' && fault !== 'missing') {
    throw reason;
  }
  return fault === 'unchanged' ? fault : undefined;
}
