import { errorToJson } from '@tensorfleet/codecs';
import { JSON_TYPE } from './rest-answer.ts';

const REFUSALS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['HPE_HEADER_OVERFLOW', ['431 Request Header Fields Too Large', 'the request line and headers are too long']],
  ['ERR_HTTP_REQUEST_TIMEOUT', ['408 Request Timeout', 'the request did not arrive in time']],
  ['CONNECT', ['405 Method Not Allowed', 'this server is no proxy: it has no CONNECT']],
]);
const NO_REQUEST = ['400 Bad Request', 'the bytes are not a request of HTTP/1.1'] as const;

const decoder = new TextDecoder();

/**
 * The whole answer, as HTTP/1.1, to what is no request; the connection ends with it. `code`: of Node's error. Undefined
 * where no HTTP is spoken: the connection is lost, or never got through TLS.
 */
export function refusalOf(code: string): string | undefined {
  const refusal = REFUSALS.get(code) ?? (code.startsWith('HPE_') ? NO_REQUEST : undefined);
  if (refusal === undefined) {
    return undefined;
  }
  const [status, message] = refusal;
  const body = decoder.decode(errorToJson(message));
  const headers = [`HTTP/1.1 ${status}`, `content-type: ${JSON_TYPE}`, `content-length: ${body.length}`];
  return [...headers, 'connection: close', '', body].join('\r\n');
}
