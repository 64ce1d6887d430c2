import { resourceExhausted, type StatusError } from '@tensorfleet/core';
import type { Fetched, GetOptions, ReadOptions } from './object-store.ts';
import { MAX_CUTS, type ResumedRead, readResumed } from './resumed-read.ts';
import { openBody } from './s3-body.ts';
import { headObject } from './s3-head.ts';
import type { S3Call, S3Requests } from './s3-requests.ts';
import { CONFLICT, faultNameOf, isBrokenBody, MISSING, storeFault } from './store-faults.ts';

/** An object whose bytes fit into memory; asked for again when its body ends wrong. */
export async function getObject(requests: S3Requests, key: string, options: GetOptions): Promise<Fetched> {
  const call: S3Call = { operation: 'get', key, signal: options.signal };
  for (let cuts = 1; ; cuts++) {
    try {
      return await getOnce(requests, call, options);
    } catch (reason) {
      if (cuts === MAX_CUTS || !isBrokenBody(reason)) {
        return absenceOf(reason);
      }
      await requests.pause(cuts, call);
    }
  }
}

async function getOnce(requests: S3Requests, call: S3Call, { unlessEtag, maxBytes }: GetOptions): Promise<Fetched> {
  const body = await openBody(requests, call, { ifNoneMatch: unlessEtag });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if ((body.bytes ?? 0) > maxBytes) {
    body.discard();
    throw tooLarge(requests, call.key, body.bytes, maxBytes);
  }
  for await (const chunk of body.chunks()) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      throw tooLarge(requests, call.key, body.bytes, maxBytes);
    }
    chunks.push(chunk);
  }
  return { kind: 'found', data: Buffer.concat(chunks), etag: body.etag };
}

function tooLarge(requests: S3Requests, key: string, bytes: number | undefined, maxBytes: number): StatusError {
  const url = `${requests.url}/${key}`;
  return resourceExhausted(`"${url}" has ${bytes ?? 'more'} bytes, at most ${maxBytes} are read`, { url });
}

/** An answer that is no failure of `get`; throws every other reason. */
function absenceOf(reason: unknown): Fetched {
  switch (faultNameOf(reason)) {
    case 'missing':
      return { kind: 'missing' };
    case 'unchanged':
      return { kind: 'unchanged' };
    default:
      throw reason;
  }
}

/** A part of an object as it comes; a body that breaks off is asked for again from where it broke off. */
export async function* readObject(requests: S3Requests, key: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { start = 0, end, etag, signal } = options;
  const call: S3Call = { operation: 'read', key, signal };
  if (end !== undefined && end <= start) {
    await checkThere(requests, call, etag);
    return;
  }
  const open: ResumedRead['open'] = (range, ifMatch) => openBody(requests, call, { range, ifMatch });
  yield* readResumed({ open, pause: (failures) => requests.pause(failures, call) }, options);
}

/** No bytes are no range that S3 knows, but their object must be there. */
async function checkThere(requests: S3Requests, { key, signal }: S3Call, etag: string | undefined): Promise<void> {
  const found = await headObject(requests, key, signal);
  if (found === undefined || (etag ?? found.etag) !== found.etag) {
    throw storeFault(found === undefined ? MISSING : CONFLICT, `${requests.url}/${key}`);
  }
}
