import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RestUnderTest, restUnderTest } from '../gpu-backend/listeners/rest/rest-under-test.ts';

const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'CONNECT', 'TRACE', 'get', 'G ET', ''];
const PATHS = [
  '/v1/models/half_plus_two:predict',
  '/v1/models/half_plus_two/metadata',
  '/v1/models/%00%ff',
  '/v2/models/echo/ready',
  '/v1/models/a\x80b',
  'http://a/v1/models',
  '/../..//healthz',
  '*',
  '',
];
const HEADERS = [
  'Content-Length: 17',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Content-Encoding: gzip',
  'Expect: 100-continue',
  'Expect: wonders',
  'Host: a',
  'Host: b',
  'Upgrade: h2c',
  'Accept-Encoding: gzip;q=0, *;q=1',
  'Origin: https://a',
  'x-request-timeout-ms: 60000',
  'x-request-id: \x1b[31m',
  ': no name',
  `x: ${'y'.repeat(9_000)}`,
];
const BODIES = ['', '{"instances":[1]}', '11\r\n{"instances":[1]}\r\n0\r\n\r\n', 'ffffffffffffffff\r\n', '-1\r\n\r\n'];

const request = fc
  .tuple(
    fc.constantFrom(...METHODS),
    fc.constantFrom(...PATHS),
    fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', ''),
    fc.array(fc.constantFrom(...HEADERS), { maxLength: 5 }),
    fc.constantFrom(...BODIES),
  )
  .map(
    ([method, path, version, headers, body]) =>
      `${[`${method} ${path} ${version}`, ...headers].join('\r\n')}\r\n\r\n${body}`,
  );

/** A request, and where bytes of it are others. */
const damaged = fc
  .tuple(request, fc.array(fc.tuple(fc.nat(20_000), fc.nat(255)), { maxLength: 4 }))
  .map(([text, changes]) => {
    const bytes = Buffer.from(text, 'latin1');
    for (const [at, value] of changes) {
      bytes[at % bytes.length] = value;
    }
    return bytes;
  });

let rest: RestUnderTest;

beforeAll(async () => {
  rest = await restUnderTest();
});
afterAll(() => rest[Symbol.asyncDispose]());

/** All answers to bytes after which the client sends nothing more. */
async function exchange(bytes: Uint8Array): Promise<string> {
  const socket = connect(rest.port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  socket.on('error', () => undefined); // cut by the server
  socket.end(bytes);
  await once(socket, 'close');
  return answer;
}

describe('REST over a socket', () => {
  it('answers any bytes with HTTP or the end of the connection, errors in JSON, and then the next client', async () => {
    await fc.assert(
      fc.asyncProperty(damaged, async (bytes) => {
        const [head = '', body = ''] = (await exchange(bytes)).split('\r\n\r\n');
        if (head !== '') {
          expect(head).toMatch(/^HTTP\/1\.1 [1-5]\d\d /);
          expect(head).not.toMatch(/^HTTP\/1\.1 50[0-2] /);
        }
        if (/^HTTP\/1\.1 4/.test(head)) {
          expect(head).toContain('content-type: application/json');
          expect(body === '' || body.startsWith('{\n    "error": "')).toBe(true); // empty after HEAD
        }
      }),
      { numRuns: 1_000 },
    );
    const next = await rest.ask('POST', '/v1/models/half_plus_two:predict', '{"instances":[2]}');
    expect(JSON.parse(next.text)).toEqual({ predictions: [3] });
  });
});
