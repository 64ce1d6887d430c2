import type { IncomingMessage } from 'node:http';
import { cancelled, invalidArgument, payloadTooLarge, StatusError } from '@tensorfleet/core';
import { inflate } from '../inflate.ts';
import type { MemoryShare } from '../request-memory.ts';

/**
 * The whole body; unzipped when Content-Encoding says gzip. Never holds more than `maxBytes` of either form, and all of
 * it is taken from `memory`. Throws RESOURCE_EXHAUSTED (HTTP 413) beyond that, INVALID_ARGUMENT for a broken or unknown
 * encoding, and as `memory` does.
 */
export async function readBody(incoming: IncomingMessage, maxBytes: number, memory: MemoryShare): Promise<Uint8Array> {
  const declared = Number(incoming.headers['content-length'] ?? 0);
  if (declared > maxBytes) {
    throw tooLarge(`${declared} bytes`, maxBytes);
  }
  const body = await collect(incoming, maxBytes, memory);
  const encoding = incoming.headers['content-encoding']?.toLowerCase() ?? 'identity';
  switch (encoding) {
    case 'identity':
      return body;
    case 'gzip':
    case 'x-gzip':
      return unzip(body, maxBytes, memory);
    default:
      throw invalidArgument(`content-encoding "${encoding}" is not supported, gzip and identity are`);
  }
}

async function collect(incoming: IncomingMessage, maxBytes: number, memory: MemoryShare): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) {
        break;
      }
      memory.take(chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    if (StatusError.is(error)) {
      throw error;
    }
    throw cancelled('the client closed the connection before the body was complete', {}, error);
  }
  if (size > maxBytes) {
    throw tooLarge(`more than ${maxBytes} bytes`, maxBytes);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size);
}

async function unzip(body: Buffer, maxBytes: number, memory: MemoryShare): Promise<Uint8Array> {
  const unzipped = await inflate('gzip', body, maxBytes, memory).catch((reason: unknown) => {
    throw StatusError.is(reason)
      ? reason
      : invalidArgument('the body is not valid gzip, as its content-encoding says', {}, reason);
  });
  if (unzipped === undefined) {
    throw tooLarge(`more than ${maxBytes} bytes when unzipped`, maxBytes);
  }
  return unzipped;
}

function tooLarge(size: string, maxBytes: number): StatusError {
  return payloadTooLarge(`the body has ${size}, the limit is ${maxBytes}`, { limit: String(maxBytes) });
}
