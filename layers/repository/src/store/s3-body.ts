import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandInput, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { ByteRange, ObjectBody } from './resumed-read.ts';
import { faultOf } from './s3-errors.ts';
import type { CallTrace, S3Call, S3Requests } from './s3-requests.ts';
import { type Fault, inBody, storeFault, TOO_SHORT, WRONG_LENGTH } from './store-faults.ts';
import { streamChunks } from './stream-chunks.ts';

/** What of an object to ask for. */
export interface BodyRequest {
  /** Undefined: all of it, whose checksum S3 sends along and the SDK compares. */
  readonly range?: ByteRange | undefined;
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** Asks for an object. Rejects with StatusError, also when the answer is not for the range that was asked for. */
export async function openBody(requests: S3Requests, call: S3Call, request: BodyRequest): Promise<ObjectBody> {
  const input = inputOf(requests, call.key, request);
  const { answer, trace } = await requests.trace({ ...call, hasBody: true }, (options) =>
    requests.client.send(new GetObjectCommand(input), options),
  );
  // In Node the body is a Readable; the SDK's type also holds what browsers have.
  const stream = answer.Body as Readable;
  const { problem, totalBytes } = measure(answer, request.range);
  if (problem !== undefined) {
    stream.destroy();
    trace.finish(problem.fault.name);
    throw inBody(storeFault(problem.fault, `${requests.url}/${call.key}`, `: ${problem.detail}`));
  }
  return {
    etag: answer.ETag ?? '',
    bytes: answer.ContentLength,
    totalBytes,
    chunks: () => chunksOf(stream, answer.ContentLength, { requests, call, trace }),
    discard: () => {
      stream.destroy();
      trace.finish();
    },
  };
}

function inputOf(
  requests: S3Requests,
  key: string,
  { range, ifMatch, ifNoneMatch }: BodyRequest,
): GetObjectCommandInput {
  return {
    ...requests.target(key),
    ...(range !== undefined && { Range: `bytes=${range.start}-${range.end === undefined ? '' : range.end - 1}` }),
    ...(ifMatch !== undefined && { IfMatch: ifMatch }),
    ...(ifNoneMatch !== undefined && { IfNoneMatch: ifNoneMatch }),
  };
}

interface Measured {
  readonly problem?: { readonly fault: Fault; readonly detail: string };
  readonly totalBytes?: number | undefined;
}

/** Holds the headers of an answer against each other and against what was asked for. */
function measure({ ContentLength, ContentRange }: GetObjectCommandOutput, range: ByteRange | undefined): Measured {
  if (range === undefined) {
    return { totalBytes: ContentLength };
  }
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(ContentRange ?? '') ?? [];
  const detail = `bytes ${range.start} to ${range.end ?? 'the end'} were asked for, "${ContentRange}" was answered`;
  if (total !== undefined && Number(total) < (range.end ?? 0)) {
    return { problem: { fault: TOO_SHORT, detail } };
  }
  const end = Number(last) + 1;
  if (total === undefined || Number(first) !== range.start || end !== (range.end ?? Number(total))) {
    return { problem: { fault: WRONG_LENGTH, detail } };
  }
  if (ContentLength !== undefined && ContentLength !== end - range.start) {
    return { problem: { fault: WRONG_LENGTH, detail: `${detail} with ${ContentLength} bytes` } };
  }
  return { totalBytes: Number(total) };
}

interface BodySource {
  readonly requests: S3Requests;
  readonly call: S3Call;
  readonly trace: CallTrace;
}

async function* chunksOf(
  stream: Readable,
  expected: number | undefined,
  { requests, call, trace }: BodySource,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of streamChunks(stream)) {
      bytes += chunk.byteLength;
      yield chunk;
    }
    if (expected !== undefined && bytes !== expected) {
      throw storeFault(
        WRONG_LENGTH,
        `${requests.url}/${call.key}`,
        `: ${bytes} bytes came, ${expected} were announced`,
      );
    }
  } catch (reason) {
    const error = requests.error(reason, call);
    trace.finish(faultOf(error).name);
    throw inBody(error);
  } finally {
    // Also of a reader that stops early: what is left in the connection is nobody's.
    stream.destroy();
    trace.finish();
  }
}
