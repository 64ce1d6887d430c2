import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type RestUnderTest, restUnderTest } from './rest-under-test.ts';

const MAX_BYTES = 1_000_000;
const HALF = '/v1/models/half_plus_two:predict';
const ECHO = '/v1/models/echo:predict';
const GZIP = { 'content-encoding': 'gzip' };

let rest: RestUnderTest;

beforeAll(async () => {
  rest = await restUnderTest({}, { maxBodyBytes: MAX_BYTES });
});
afterAll(() => rest[Symbol.asyncDispose]());

/** Whatever was sent: JSON comes back, and the next request is answered. */
async function expectAnswered(answer: Answer, status: number): Promise<unknown> {
  expect(answer.status, answer.text.slice(0, 300)).toBe(status);
  const next = await rest.ask('POST', HALF, '{"instances":[2]}');
  expect(next.text).toContain('"predictions": [3.0');
  return JSON.parse(answer.text);
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

describe('REST and hostile bodies', () => {
  it.each<[string, string, string, number]>([
    ['arrays 10,000 deep', HALF, `{"instances":[1],"x":${nested(10_000)}}`, 200],
    ['instances 10,000 deep', HALF, `{"instances":${nested(10_000)}}`, 400],
    ['objects 10,000 deep', HALF, `{"instances":[1],"x":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`, 200],
    ['brackets that never close', HALF, '['.repeat(MAX_BYTES), 400],
    ['a signature name 10,000 deep', HALF, `{"signature_name":${nested(10_000)},"instances":[1]}`, 400],
    ['more than the limit', HALF, ' '.repeat(MAX_BYTES + 1), 413],
    ['repeated keys', HALF, '{"instances":[2],"instances":"x"}', 200],
    ['__proto__ as a key', HALF, '{"__proto__":{"instances":[1]},"instances":[2]}', 200],
    ['__proto__ as an input', HALF, '{"inputs":{"__proto__":[1]}}', 400],
    ['constructor as an input of a row', HALF, '{"instances":[{"constructor":1}]}', 400],
    ['toString as a signature', HALF, '{"signature_name":"toString","instances":[1]}', 400],
    ['__proto__ as a signature', HALF, '{"signature_name":"__proto__","instances":[1]}', 400],
    ['1e400', HALF, '{"instances":[1e400]}', 400],
    ['an exponent of a thousand digits', HALF, `{"instances":[1e${'9'.repeat(1000)}]}`, 400],
    ['-0 and a tiny number', HALF, '{"instances":[-0.0, 1e-400]}', 200],
    ['a number of 100,000 digits', HALF, `{"instances":[${'1'.repeat(100_000)}]}`, 400],
    ['3.7 for an integer', ECHO, '{"signature_name":"INT32","instances":[3.7]}', 400],
    ['300 for a byte', ECHO, '{"signature_name":"UINT8","instances":[300]}', 400],
    ['2^63 for int64', ECHO, '{"signature_name":"INT64","instances":[9223372036854775808]}', 400],
    ['true for a float', HALF, '{"instances":[true]}', 400],
    ['null', HALF, '{"instances":[null]}', 400],
    ['ragged rows', HALF, '{"instances":[[1],[2,3]]}', 400],
    [
      'a shape that claims what is not there',
      HALF,
      `{"inputs":[[${'1,'.repeat(9_999)}1],${'[],'.repeat(9_999)}[]]}`,
      400,
    ],
    ['more dimensions than tensors have', HALF, `{"inputs":${'['.repeat(40)}1${']'.repeat(40)}}`, 400],
    ['a byte order mark and nothing', HALF, '\uFEFF', 400],
    ['two byte order marks', HALF, '\uFEFF\uFEFF{"instances":[2]}', 400],
    ['half a surrogate pair', ECHO, '{"signature_name":"STRING","instances":["\\ud800"]}', 400],
    ['a null character in a string', ECHO, '{"signature_name":"STRING","instances":["a\\u0000b"]}', 200],
    ['a raw null character', HALF, '{"instances":[1]\0}', 400],
    ['base64 of the URL alphabet', ECHO, '{"signature_name":"STRING","instances":[{"b64":"_-8="}]}', 400],
    ['base64 with too much padding', ECHO, '{"signature_name":"STRING","instances":[{"b64":"YQ==="}]}', 400],
    ['base64 with padding in its midst', ECHO, '{"signature_name":"STRING","instances":[{"b64":"Y=Q="}]}', 400],
    ['base64 with spaces', ECHO, '{"signature_name":"STRING","instances":[{"b64":" Y\\n Q == "}]}', 200],
    [
      'a b64 object with another key',
      ECHO,
      '{"signature_name":"STRING","instances":[{"x":{"b64":"YQ==","y":1}}]}',
      400,
    ],
    ['b64 of a number', ECHO, '{"signature_name":"STRING","instances":[{"x":{"b64":5}}]}', 400],
  ])('%s', async (_, path, body, status) => {
    await expectAnswered(await rest.ask('POST', path, body), status);
  });

  it('invalid UTF-8 comes back as base64, in an answer that is JSON', async () => {
    const body = Buffer.concat([
      Buffer.from('{"signature_name":"STRING","instances":["'),
      Buffer.of(0xff, 0xc0),
      Buffer.from('"]}'),
    ]);
    expect(await expectAnswered(await rest.ask('POST', ECHO, body), 200)).toEqual({ predictions: [{ b64: '/8A=' }] });
  });

  it('invalid UTF-8 in an error stays an answer that is JSON', async () => {
    const body = Buffer.concat([Buffer.from('{"inputs":"'), Buffer.of(0xff, 0xfe), Buffer.from('"}')]);
    await expectAnswered(await rest.ask('POST', HALF, body), 400);
  });
});

describe('REST and hostile encodings', () => {
  const bomb = gzipSync(Buffer.alloc(100 * MAX_BYTES, ' '));
  const good = gzipSync('{"instances":[2]}');

  it.each<[string, Uint8Array, string, number, string]>([
    ['a gzip bomb', bomb, 'gzip', 413, 'when unzipped'],
    ['gzip within gzip', gzipSync(good), 'gzip', 400, 'JSON Parse error'],
    ['gzip that is cut off', good.subarray(0, -9), 'gzip', 400, 'the body is not valid gzip'],
    [
      'gzip with a wrong checksum',
      Buffer.concat([good.subarray(0, -8), Buffer.alloc(8)]),
      'gzip',
      400,
      'the body is not valid gzip',
    ],
    ['what is no gzip', Buffer.from('{"instances":[2]}'), 'gzip', 400, 'the body is not valid gzip'],
    ['nothing as gzip', Buffer.alloc(0), 'gzip', 400, 'the body is not valid gzip'],
    ['br', good, 'br', 400, 'content-encoding "br" is not supported'],
    ['gzip twice', gzipSync(good), 'gzip, gzip', 400, 'content-encoding "gzip, gzip" is not supported'],
  ])('%s', async (_, body, encoding, status, message) => {
    const answer = await rest.ask('POST', HALF, body, { 'content-encoding': encoding });
    expect(await expectAnswered(answer, status)).toEqual({ error: expect.stringContaining(message) });
  });

  it.each(['gzip', 'GZIP', 'x-gzip'])('%s is inflated', async (encoding) => {
    await expectAnswered(await rest.ask('POST', HALF, good, { 'content-encoding': encoding }), 200);
  });

  it('a large body is inflated', async () => {
    const values = new Array(100_000).fill(2).join(',');
    const answer = await rest.ask('POST', HALF, gzipSync(`{"instances":[${values}]}`), GZIP);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text).predictions).toHaveLength(100_000);
  });
});

describe('REST and hostile names', () => {
  it.each<[string, string, number]>([
    ['a climb', '/v1/models/../secret:predict', 400],
    ['a climb without a name', '/v1/models/..:predict', 404],
    ['an encoded climb', '/v1/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd:predict', 404],
    ['an encoded slash', '/v1/models/%2f:predict', 404],
    ['a backslash', '/v1/models/..%5c..%5csecret:predict', 404],
    ['an encoded colon', '/v1/models/half_plus_two%3apredict:predict', 404],
    ['a null character', '/v1/models/half_plus_two%00:predict', 404],
    ['line breaks', '/v1/models/a%0d%0aset-cookie:%20x:predict', 400],
    ['an escape sequence of a terminal', '/v1/models/%1b%5b31m:predict', 404],
    ['10,000 characters', `/v1/models/${'m'.repeat(10_000)}:predict`, 404],
    ['letters that look alike', '/v1/models/h%D0%B0lf_plus_two:predict', 404],
    ['__proto__', '/v1/models/__proto__:predict', 404],
    ['constructor', '/v1/models/constructor:predict', 404],
    ['bad percent-encoding', '/v1/models/%zz:predict', 400],
    ['percent-encoding that is no UTF-8', '/v1/models/%ff:predict', 400],
    ['a label that looks like a version', '/v1/models/half_plus_two/labels/123:predict', 400],
    ['a version with leading zeros', '/v1/models/half_plus_two/versions/000123:predict', 200],
    ['a version and a label', '/v1/models/half_plus_two/versions/1/labels/a:predict', 400],
    ['a version of a thousand digits', `/v1/models/half_plus_two/versions/${'9'.repeat(1000)}:predict`, 400],
  ])('%s', async (_, path, status) => {
    await expectAnswered(await rest.ask('POST', path, '{"instances":[2]}'), status);
  });

  it.each(['TRACE', 'PROPFIND', 'LINK'])('the method %s', async (method) => {
    await expectAnswered(await rest.ask(method, HALF, '{"instances":[2]}'), 400);
  });

  it('names come back in errors as JSON strings, and in no header', async () => {
    const answer = await rest.ask('GET', '/v1/models/a%0d%0ax-evil%3A%201');
    expect(answer.headers['x-evil']).toBeUndefined();
    expect(JSON.parse(answer.text)).toEqual({ error: 'Could not find any versions of model a\r\nx-evil: 1' });
  });
});
