import { resourceExhausted, StatusError } from '@tensorfleet/core';
import { headGcsObject } from './gcs-head.ts';
import { type GcsCall, type GcsRequests, IDLE_TIMEOUT_MS } from './gcs-requests.ts';
import { gcsStream } from './gcs-stream.ts';
import type { Fetched, GetOptions, ReadOptions } from './object-store.ts';
import { type ByteRange, MAX_CUTS, type ObjectBody, readResumed } from './resumed-read.ts';
import {
  CONFLICT,
  inBody,
  isBrokenBody,
  MISSING,
  storeFault,
  TIMEOUT,
  TOO_SHORT,
  WRONG_LENGTH,
} from './store-faults.ts';

/** An object whose bytes fit into memory. One request tells that it is unchanged, a second one brings its bytes. */
export async function getGcsObject(requests: GcsRequests, key: string, options: GetOptions): Promise<Fetched> {
  const { unlessEtag, maxBytes, signal } = options;
  const call: GcsCall = { operation: 'get', key, signal };
  for (let cuts = 1; ; cuts++) {
    const facts = await headGcsObject(requests, call, unlessEtag);
    if (facts === undefined || facts === 'unchanged') {
      return { kind: facts ?? 'missing' };
    }
    if (facts.bytes > maxBytes) {
      const url = `${requests.url}/${key}`;
      throw resourceExhausted(`"${url}" has ${facts.bytes} bytes, at most ${maxBytes} are read`, { url });
    }
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of chunksOf(requests, call, facts, undefined)) {
        chunks.push(chunk);
      }
      return { kind: 'found', data: Buffer.concat(chunks), etag: facts.etag };
    } catch (reason) {
      // Replaced between the two requests: the new one is as good.
      const isReplaced = StatusError.is(reason) && reason.details['fault'] === MISSING.name;
      if (cuts === MAX_CUTS || !(isReplaced || isBrokenBody(reason))) {
        throw reason;
      }
      await requests.pause(cuts, call);
    }
  }
}

/** A part of an object as it comes. */
export async function* readGcsObject(
  requests: GcsRequests,
  key: string,
  options: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const call: GcsCall = { operation: 'read', key, signal: options.signal };
  const { start = 0, end } = options;
  const open = (range: ByteRange | undefined, etag: string | undefined): Promise<ObjectBody> =>
    openGcsBody(requests, call, range, etag);
  if (end !== undefined && end <= start) {
    await openGcsBody(requests, call, undefined, options.etag);
    return;
  }
  yield* readResumed({ open, pause: (failures) => requests.pause(failures, call) }, options);
}

/** Nothing is asked for until the first chunk is, but for the object's facts. */
async function openGcsBody(
  requests: GcsRequests,
  call: GcsCall,
  range: ByteRange | undefined,
  etag: string | undefined,
): Promise<ObjectBody> {
  const url = `${requests.url}/${call.key}`;
  const facts = await headGcsObject(requests, call);
  if (facts === undefined || facts === 'unchanged') {
    throw storeFault(MISSING, url);
  }
  if (etag !== undefined && etag !== facts.etag) {
    throw storeFault(CONFLICT, url);
  }
  if ((range?.end ?? range?.start ?? 0) > facts.bytes) {
    throw storeFault(TOO_SHORT, url, `: it has ${facts.bytes} bytes`);
  }
  return {
    etag: facts.etag,
    bytes: (range?.end ?? facts.bytes) - (range?.start ?? 0),
    totalBytes: facts.bytes,
    chunks: () => chunksOf(requests, call, facts, range),
    discard: () => undefined,
  };
}

async function* chunksOf(
  requests: GcsRequests,
  call: GcsCall,
  { etag, bytes: totalBytes }: { readonly etag: string; readonly bytes: number },
  range: ByteRange | undefined,
): AsyncGenerator<Uint8Array> {
  const { start, end } = { start: range?.start ?? 0, end: range?.end ?? totalBytes };
  if (start === end) {
    return;
  }
  const { signal } = call;
  const stream = gcsStream(
    requests.file(call.key, etag).createReadStream({
      decompress: false,
      // Over the whole object only is there a checksum.
      ...(range === undefined ? { validation: 'crc32c' } : { start, end: end - 1, validation: false }),
    }),
  );
  const onAbort = (): void => stream.stop(new Error('aborted'));
  signal?.addEventListener('abort', onAbort, { once: true });
  const idle = setTimeout(() => stream.stop(storeFault(TIMEOUT, `${requests.url}/${call.key}`)), IDLE_TIMEOUT_MS);
  let bytes = 0;
  try {
    signal?.throwIfAborted();
    for await (const chunk of stream.chunks()) {
      idle.refresh();
      bytes += chunk.byteLength;
      yield chunk;
    }
    if (bytes !== end - start) {
      throw storeFault(WRONG_LENGTH, `${requests.url}/${call.key}`, `: ${bytes} bytes came instead of ${end - start}`);
    }
    requests.report(call, bytes);
  } catch (reason) {
    const error = requests.error(reason, call);
    requests.report(call, bytes, error);
    throw inBody(error);
  } finally {
    clearTimeout(idle);
    signal?.removeEventListener('abort', onAbort);
    stream.stop(new Error('it was not read to its end'));
  }
}
