import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { cancelled, invalidArgument, resourceExhausted, type StatusError } from '@tensorfleet/core';

/** Marks the one kind of RESOURCE_EXHAUSTED that HTTP has its own status for. */
export const PAYLOAD_TOO_LARGE = 'PAYLOAD_TOO_LARGE';

const gunzipAsync = promisify(gunzip);

/**
 * The whole body; unzipped when Content-Encoding says gzip. Never holds more than `maxBytes` of either form.
 * Throws RESOURCE_EXHAUSTED (HTTP 413) beyond that, INVALID_ARGUMENT for a broken or unknown encoding.
 */
export async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(incoming.headers['content-length'] ?? 0);
  if (declared > maxBytes) {
    throw tooLarge(`${declared} bytes`, maxBytes);
  }
  const body = await collect(incoming, maxBytes);
  const encoding = incoming.headers['content-encoding'] ?? 'identity';
  switch (encoding) {
    case 'identity':
      return body;
    case 'gzip':
      return unzip(body, maxBytes);
    default:
      throw invalidArgument(`content-encoding "${encoding}" is not supported, gzip and identity are`);
  }
}

async function collect(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) {
        break;
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw cancelled('the client closed the connection before the body was complete', {}, error);
  }
  if (size > maxBytes) {
    throw tooLarge(`more than ${maxBytes} bytes`, maxBytes);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size);
}

async function unzip(body: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await gunzipAsync(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if (error instanceof RangeError) {
      throw tooLarge(`more than ${maxBytes} bytes when unzipped`, maxBytes);
    }
    throw invalidArgument('the body is not valid gzip, as its content-encoding says', {}, error);
  }
}

function tooLarge(size: string, maxBytes: number): StatusError {
  return resourceExhausted(`the body has ${size}, the limit is ${maxBytes}`, {
    reason: PAYLOAD_TOO_LARGE,
    limit: String(maxBytes),
  });
}
