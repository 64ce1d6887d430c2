import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Code, StatusError } from '@tensorfleet/core';
import { FileParts } from './file-parts.ts';
import { headGcsObject, SHA256, WRITE_ID } from './gcs-head.ts';
import type { GcsCall, GcsRequests } from './gcs-requests.ts';
import type { UploadOptions, UploadSource, WriteCondition } from './object-store.ts';
import { CONFLICT, storeFault } from './store-faults.ts';

/** Larger files are sent in pieces of this size, each of which is sent again by itself when it fails. */
const PART_BYTES = 8 * 1024 * 1024;

/** As on S3, a write with a condition has an id, by which an answer that was lost is found again at the object. */
export async function putGcsObject(
  requests: GcsRequests,
  key: string,
  data: Uint8Array,
  condition: WriteCondition | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const call: GcsCall = { operation: 'put', key, signal, bytes: data.byteLength };
  const writeId = randomUUID();
  const generation = condition === undefined ? undefined : generationOf(condition);
  if (generation !== undefined && !/^\d+$/.test(generation)) {
    throw storeFault(CONFLICT, `${requests.url}/${key}`);
  }
  try {
    return await requests.send(call, async () => {
      const file = requests.file(key);
      await file.save(Buffer.from(data), {
        resumable: false,
        validation: 'crc32c',
        ...(generation !== undefined && {
          preconditionOpts: { ifGenerationMatch: generation },
          metadata: { metadata: { [WRITE_ID]: writeId } },
        }),
      });
      return String(file.metadata.generation);
    });
  } catch (reason) {
    const { code } = StatusError.from(reason);
    if (condition !== undefined && (code === Code.Aborted || code === Code.Unavailable)) {
      const found = await headGcsObject(requests, { operation: 'head', key, signal }).catch(() => undefined);
      if (found !== undefined && found !== 'unchanged' && found.writeId === writeId) {
        return found.etag;
      }
    }
    throw reason;
  }
}

/** Generation 0 is that of an object which is not there. */
function generationOf(condition: WriteCondition): string {
  return 'ifAbsent' in condition ? '0' : condition.ifEtag;
}

/** Stores a file, unless it is there with this digest. */
export async function uploadGcsObject(
  requests: GcsRequests,
  key: string,
  source: UploadSource,
  { onBytes = () => undefined, signal }: UploadOptions,
): Promise<void> {
  const there = await headGcsObject(requests, { operation: 'head', key, signal });
  if (there !== undefined && there !== 'unchanged' && there.sha256 === source.sha256 && there.bytes === source.bytes) {
    onBytes(source.bytes);
    return;
  }
  const call: GcsCall = { operation: 'upload', key, signal, bytes: source.bytes };
  const metadata = { metadata: { [SHA256]: source.sha256 } };
  if (source.bytes <= PART_BYTES) {
    await using parts = await FileParts.open(source, PART_BYTES);
    const part = await parts.next(Buffer.alloc(source.bytes));
    const data = Buffer.from(part?.data ?? []);
    await requests.send(call, () =>
      requests.file(key).save(data, { resumable: false, validation: 'crc32c', metadata }),
    );
    onBytes(source.bytes);
  } else {
    await uploadParts(requests, call, source, { metadata, onBytes });
  }
}

async function uploadParts(
  requests: GcsRequests,
  call: GcsCall,
  source: UploadSource,
  {
    metadata,
    onBytes,
  }: {
    readonly metadata: { readonly metadata: Readonly<Record<string, string>> };
    readonly onBytes: (bytes: number) => void;
  },
): Promise<void> {
  await using parts = await FileParts.open(source, PART_BYTES);
  const target = requests
    .file(call.key)
    .createWriteStream({ resumable: true, chunkSize: PART_BYTES, validation: 'crc32c', metadata });
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    // The library holds on to what it is given, so each piece has its own buffer.
    for (
      let part = await parts.next(Buffer.alloc(PART_BYTES));
      part;
      part = await parts.next(Buffer.alloc(PART_BYTES))
    ) {
      yield part.data;
      onBytes(part.data.byteLength);
    }
  };
  try {
    await pipeline(pieces, target, call.signal === undefined ? {} : { signal: call.signal });
    requests.report(call, 0);
  } catch (reason) {
    const error = requests.error(reason, call);
    requests.report(call, 0, error);
    throw error;
  }
}
