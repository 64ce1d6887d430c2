import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { cancelled, invalidArgument, payloadTooLarge, StatusError } from '@tensorfleet/core';
import type { MiddlewareHandler } from 'hono';
import type { GatewayEnv } from '../gateway-env.ts';

export interface BodyLimitOptions {
  /** Largest body, before and after unzipping. */
  readonly maxBytes: number;
}

const gunzipAsync = promisify(gunzip);

/**
 * Reads the body, unzipped when Content-Encoding says gzip; never holds more than `maxBytes` of either form. Throws
 * RESOURCE_EXHAUSTED (HTTP 413) beyond that, INVALID_ARGUMENT for a broken or unknown encoding. Stands behind
 * `deadline`, which bounds the time that a slow sender gets.
 */
export function bodyLimit({ maxBytes }: BodyLimitOptions): MiddlewareHandler<GatewayEnv> {
  return async function bodyLimit(c, next) {
    const { raw } = c.req;
    // Only a shortcut: what counts is what arrives, since a chunked body declares nothing (RFC 9112, 6.2).
    const declared = Number(c.req.header('content-length') ?? 0);
    if (declared > maxBytes) {
      throw payloadTooLarge(`the body has ${declared} bytes, the limit is ${maxBytes}`);
    }
    const body = await collect(raw, maxBytes, c.get('call').signal);
    c.set('body', await decode(body, c.req.header('content-encoding')?.toLowerCase(), maxBytes));
    await next();
  };
}

async function collect(request: Request, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const reader = request.body?.getReader();
  if (reader === undefined) {
    return new Uint8Array(0);
  }
  const stop = (): void => void reader.cancel(signal.reason).catch(() => undefined); // the body is not wanted any more
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      size += next.value.length;
      if (size > maxBytes) {
        stop();
        throw payloadTooLarge(`the body has more than ${maxBytes} bytes, which is the limit`);
      }
      chunks.push(next.value);
    }
  } catch (reason) {
    signal.throwIfAborted();
    throw StatusError.is(reason) ? reason : cancelled('the body broke off before its end', {}, reason);
  } finally {
    signal.removeEventListener('abort', stop);
  }
  signal.throwIfAborted();
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size);
}

async function decode(body: Uint8Array, encoding = 'identity', maxBytes: number): Promise<Uint8Array> {
  switch (encoding) {
    case 'identity':
      return body;
    case 'gzip':
      return unzip(body, maxBytes);
    default:
      throw invalidArgument(`content-encoding "${encoding}" is not supported, gzip and identity are`);
  }
}

async function unzip(body: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  try {
    return await gunzipAsync(body, { maxOutputLength: maxBytes });
  } catch (error) {
    throw error instanceof RangeError
      ? payloadTooLarge(`the body has more than ${maxBytes} bytes when unzipped, which is the limit`)
      : invalidArgument('the body is not valid gzip, as its content-encoding says', {}, error);
  }
}
