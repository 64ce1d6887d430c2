import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Code, StatusError } from '@tensorfleet/core';
import { FileParts } from './file-parts.ts';
import type { UploadOptions, UploadSource } from './object-store.ts';
import { headObject, SHA256 } from './s3-head.ts';
import { MultipartUpload } from './s3-multipart.ts';
import type { S3Call, S3Requests } from './s3-requests.ts';

/** Files up to this size are sent in one piece, larger ones in parts of this size or more. */
const PART_BYTES = 8 * 1024 * 1024;

/** S3 takes no more parts. */
const MAX_PARTS = 10_000;

/** Parts on their way at a time: so many buffers of the size of a part are held. */
const PARALLEL_PARTS = 4;

/** Others that send the same file at the same time may end our upload: then there is most often nothing left to do. */
const MAX_TRIES = 3;

/**
 * Stores a file, unless it is there with this digest. Parts that an upload had sent when it failed are not sent again by
 * the next upload of the same file to the same key.
 */
export async function uploadObject(
  requests: S3Requests,
  key: string,
  source: UploadSource,
  { onBytes = () => undefined, signal }: UploadOptions,
): Promise<void> {
  let most = 0;
  for (let tries = 1; ; tries++) {
    let stored = 0;
    const count = (bytes: number): void => {
      stored += bytes;
      if (stored > most) {
        onBytes(stored - most);
        most = stored;
      }
    };
    try {
      return await uploadOnce(requests, { operation: 'upload', key, signal }, source, count);
    } catch (reason) {
      if (StatusError.from(reason).code !== Code.Aborted || tries === MAX_TRIES) {
        throw reason;
      }
    }
  }
}

async function uploadOnce(
  requests: S3Requests,
  call: S3Call,
  source: UploadSource,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const there = await headObject(requests, call.key, call.signal);
  if (there?.sha256 === source.sha256 && there.bytes === source.bytes) {
    onBytes(source.bytes);
  } else if (source.bytes <= PART_BYTES) {
    await uploadWhole(requests, call, source);
    onBytes(source.bytes);
  } else {
    await uploadParts(requests, call, source, onBytes);
  }
}

async function uploadWhole(requests: S3Requests, call: S3Call, source: UploadSource): Promise<void> {
  await using file = await FileParts.open(source, PART_BYTES);
  const part = await file.next(Buffer.alloc(source.bytes));
  const command = new PutObjectCommand({
    ...requests.target(call.key),
    Body: part?.data ?? new Uint8Array(),
    Metadata: { [SHA256]: source.sha256 },
  });
  await requests.send(call, (options) => requests.client.send(command, options));
}

async function uploadParts(
  requests: S3Requests,
  call: S3Call,
  source: UploadSource,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(source.bytes / MAX_PARTS));
  const upload = await MultipartUpload.resumeOrStart(requests, call, source, partBytes);
  await using file = await FileParts.open(source, partBytes);
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    const buffer = Buffer.allocUnsafeSlow(partBytes);
    for (let part = await file.next(buffer); part !== undefined; part = await file.next(buffer)) {
      if (failures.length > 0) {
        return;
      }
      await upload.send(part);
      onBytes(part.data.byteLength);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_PARTS }, () => work().catch((reason) => failures.push(reason))));
  if (failures.length > 0) {
    await upload.giveUp(failures[0]);
    throw failures[0];
  }
  await upload.complete();
}
