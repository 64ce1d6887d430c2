import { randomUUID } from 'node:crypto';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Code, StatusError } from '@tensorfleet/core';
import type { WriteCondition } from './object-store.ts';
import type { CallTrace, S3Call, S3Requests } from './s3-requests.ts';

/** Metadata of an object that was written with a condition: which write it was. */
const WRITE_ID = 'write-id';

/**
 * Writes a small object. A write with a condition carries an id of its own: when an answer was lost, and the write sent
 * again is refused, or the store is not reached any more, the object itself tells whether it is ours. So ABORTED says
 * that the object is not what this call has written (it may have been, for a moment, if others overwrote it since).
 */
export async function putObject(
  requests: S3Requests,
  key: string,
  data: Uint8Array,
  condition: WriteCondition | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const call: S3Call = { operation: 'put', key, signal };
  const trace: CallTrace = { attempts: 0, socket: undefined, finish: () => undefined };
  const writeId = randomUUID();
  const command = new PutObjectCommand({
    ...requests.target(key),
    Body: data,
    ...(condition !== undefined && { Metadata: { [WRITE_ID]: writeId } }),
    ...(condition !== undefined && ('ifAbsent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.ifEtag })),
  });
  try {
    const { answer } = await requests.trace(call, (options) => requests.client.send(command, options), trace);
    return answer.ETag ?? '';
  } catch (reason) {
    const error = conditionFailed(requests, key, condition, StatusError.from(reason));
    const mayHaveHappened = error.code === Code.Aborted ? trace.attempts > 1 : error.code === Code.Unavailable;
    const etag =
      condition !== undefined && mayHaveHappened
        ? await findWrite(requests, call, writeId).catch(() => undefined)
        : undefined;
    if (etag === undefined) {
      throw error;
    }
    return etag;
  }
}

/** A write onto an etag that finds no object is refused with 404. */
function conditionFailed(
  requests: S3Requests,
  key: string,
  condition: WriteCondition | undefined,
  error: StatusError,
): StatusError {
  if (condition === undefined || error.details['fault'] !== 'missing') {
    return error;
  }
  return new StatusError(Code.Aborted, `"${requests.url}/${key}" was deleted by somebody else`, {
    details: { ...error.details, fault: 'conflict' },
    cause: error,
  });
}

async function findWrite(requests: S3Requests, call: S3Call, writeId: string): Promise<string | undefined> {
  const command = new HeadObjectCommand(requests.target(call.key));
  const found = await requests.send({ ...call, operation: 'head' }, (options) =>
    requests.client.send(command, options),
  );
  return found.Metadata?.[WRITE_ID] === writeId ? found.ETag : undefined;
}
