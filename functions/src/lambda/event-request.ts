import { requestUrl } from '../gateway/request-url.ts';
import type { EventRequest } from './exchange.ts';

/** Undefined for the methods that no Request may have (CONNECT, TRACE). */
export function requestFrom({ method, rawTarget, headers, body, isBase64Encoded }: EventRequest): Request | undefined {
  if (method === 'CONNECT' || method === 'TRACE') {
    return undefined;
  }
  const sent = new Headers();
  for (const [name, value] of headers) {
    sent.append(name, Buffer.from(value, 'utf8').toString('latin1')); // header values are bytes
  }
  const hasBody = typeof body === 'string' && method !== 'GET' && method !== 'HEAD';
  const bytes = hasBody ? Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') : null;
  return new Request(requestUrl(rawTarget), { method, headers: sent, body: bytes });
}
