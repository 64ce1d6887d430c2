import { errorToJson } from '@tensorfleet/codecs';
import { JSON_TYPE } from './rest-answer.ts';

const BY_CODE: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['HPE_HEADER_OVERFLOW', ['431 Request Header Fields Too Large', 'the request line and headers are too long']],
  ['ERR_HTTP_REQUEST_TIMEOUT', ['408 Request Timeout', 'the request did not arrive in time']],
]);

const decoder = new TextDecoder();

/** The whole answer, as HTTP/1.1, to bytes that are no request; the connection ends with it. */
export function clientErrorAnswer(code: string | undefined): string {
  const [status, message] = BY_CODE.get(code ?? '') ?? ['400 Bad Request', 'the bytes are not a request of HTTP/1.1'];
  const body = decoder.decode(errorToJson(message));
  const headers = [`HTTP/1.1 ${status}`, `content-type: ${JSON_TYPE}`, `content-length: ${body.length}`];
  return [...headers, 'connection: close', '', body].join('\r\n');
}
