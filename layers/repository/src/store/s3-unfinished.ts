import { open } from 'node:fs/promises';
import {
  type CompletedPart,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type MultipartUpload,
  type Part,
} from '@aws-sdk/client-s3';
import { Code, diskError, StatusError } from '@tensorfleet/core';
import { md5Etag } from './file-parts.ts';
import type { UploadSource } from './object-store.ts';
import type { S3Call, S3Requests } from './s3-requests.ts';

export interface UnfinishedUpload {
  readonly id: string;
  /** By number. */
  readonly parts: ReadonlyMap<number, CompletedPart>;
}

/** Of many unfinished uploads of one key so many are looked at, the youngest first. */
const MAX_CANDIDATES = 3;

/**
 * An unfinished upload of this key whose parts have the sizes that this file's would have, and whose first one is this
 * file's. Undefined also where the server cannot tell.
 */
export async function findUnfinished(
  requests: S3Requests,
  call: S3Call,
  source: UploadSource,
  partBytes: number,
): Promise<UnfinishedUpload | undefined> {
  for (const id of await unlessRefused(idsOf(requests, call), [])) {
    const parts = await unlessRefused(partsOf(requests, call, id), []);
    const [first] = parts;
    const isSized = parts.every((part) => part.Size === sizeOf(part, source, partBytes));
    if (first !== undefined && isSized && (await isOfThisFile(first, source, partBytes))) {
      return { id, parts: new Map(parts.map((part) => [part.PartNumber ?? 0, completed(part)])) };
    }
  }
  return undefined;
}

/** A server that does not list uploads, or an account that may not, starts anew. */
async function unlessRefused<T>(asked: Promise<T>, instead: T): Promise<T> {
  const refusals: readonly Code[] = [Code.NotFound, Code.Unimplemented, Code.PermissionDenied, Code.FailedPrecondition];
  return await asked.catch((reason: unknown) => {
    const { code, details } = StatusError.from(reason);
    if (refusals.includes(code) || details['fault'] === 'no_upload') {
      return instead;
    }
    throw reason;
  });
}

async function idsOf(requests: S3Requests, call: S3Call): Promise<readonly string[]> {
  const { Bucket, Key } = requests.target(call.key);
  const command = new ListMultipartUploadsCommand({ Bucket, Prefix: Key });
  const { Uploads = [] } = await requests.send(call, (options) => requests.client.send(command, options));
  return Uploads.filter((upload) => upload.Key === Key)
    .toSorted((a, b) => startedAt(b) - startedAt(a))
    .slice(0, MAX_CANDIDATES)
    .flatMap(({ UploadId }) => UploadId ?? []);
}

function startedAt({ Initiated }: MultipartUpload): number {
  return Initiated?.getTime() ?? 0;
}

async function partsOf(requests: S3Requests, call: S3Call, id: string): Promise<readonly Part[]> {
  const parts: Part[] = [];
  let marker: string | undefined;
  do {
    const command = new ListPartsCommand({
      ...requests.target(call.key),
      UploadId: id,
      ...(marker !== undefined && { PartNumberMarker: marker }),
    });
    const page = await requests.send(call, (options) => requests.client.send(command, options));
    parts.push(...(page.Parts ?? []));
    // A marker that does not move would be asked for for ever.
    marker = page.IsTruncated === true && page.NextPartNumberMarker !== marker ? page.NextPartNumberMarker : undefined;
  } while (marker !== undefined);
  return parts;
}

function sizeOf({ PartNumber = 0 }: Part, { bytes }: UploadSource, partBytes: number): number {
  return Math.min(partBytes, bytes - (PartNumber - 1) * partBytes);
}

async function isOfThisFile(
  { PartNumber = 0, ETag }: Part,
  { path }: UploadSource,
  partBytes: number,
): Promise<boolean> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.allocUnsafeSlow(partBytes),
      position: (PartNumber - 1) * partBytes,
    });
    return md5Etag(buffer.subarray(0, bytesRead)) === ETag;
  } catch (reason) {
    throw diskError(reason, path);
  }
}

function completed({ PartNumber, ETag, ChecksumCRC32 }: Part): CompletedPart {
  return {
    ...(PartNumber !== undefined && { PartNumber }),
    ...(ETag !== undefined && { ETag }),
    ...(ChecksumCRC32 !== undefined && { ChecksumCRC32 }),
  };
}
