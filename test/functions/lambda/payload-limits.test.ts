import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  createHttpApiV2Handler,
  type HttpApiV2Event,
  type HttpApiV2Result,
  resolveGatewayConfig,
} from '@tensorfleet/functions';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Grant, grantToContext } from '../../../functions/src/authorizer/grant.ts';
import { paddedPng } from '../../support/padded-png.ts';
import { type GatewayUnderTest, gatewayUnderTest, LIMITS, picture, readerOf } from '../gateway/gateway-under-test.ts';

const CONTEXT = { awsRequestId: 'aws-1', getRemainingTimeInMillis: () => 20_000 };
const URL = 'https://pictures.example/7.png';
/** Most that Lambda takes for a synchronous invocation: the whole event as JSON. */
const ENVELOPE_BYTES = 6 * 2 ** 20;
/** What is written in the README as the largest picture. */
const LARGEST_PICTURE = 4.4e6;

const recorded: HttpApiV2Event = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/lambda-events/predict-picture.json'), 'utf8'),
);

type Headers = Readonly<Record<string, string>>;

/** API Gateway says how long the body was as it came, and sends what is no text as base64. */
function eventOf(bytes: Uint8Array, headers: Headers = {}, model = 'mnist'): HttpApiV2Event {
  const body = Buffer.from(bytes).toString('base64');
  const all = { ...recorded.headers, 'content-length': String(bytes.length), ...headers };
  return { ...recorded, rawPath: `/v1/models/${model}:predict`, headers: all, body, isBase64Encoded: true };
}

/** As API Gateway sends JSON. */
function textEventOf(text: string, model = 'mnist'): HttpApiV2Event {
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
  return { ...eventOf(new Uint8Array(0), headers, model), body: text, isBase64Encoded: false };
}

const SCOPES: Grant['scopes'] = [{ models: ['*'], actions: ['upload', 'predict'] }];
const GZIP = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
/** TensorFlow Serving's JSON in exactly so many bytes. */
const tensors = (bytes: number): string => `{"instances": [1]${' '.repeat(bytes - 18)}}`;
const base64Json = (size: number): string =>
  JSON.stringify({ image: { b64: paddedPng(picture(), size).toString('base64') } });

describe('payloads in events of Lambda', () => {
  let gateway: GatewayUnderTest;

  beforeEach(() => {
    gateway = gatewayUnderTest();
    gateway.fleet.serve('mnist', 1, readerOf(['6', '7', '8']));
  });

  const invoke = (event: HttpApiV2Event): Promise<HttpApiV2Result> =>
    createHttpApiV2Handler(gateway.app)(event, CONTEXT);

  const { maxBodyBytes, maxImageBytes } = LIMITS;

  it.each([
    ['a raw picture of the most bytes', () => eventOf(paddedPng(picture(), maxImageBytes))],
    ['the same in base64 in JSON', () => textEventOf(base64Json(maxImageBytes))],
    [
      'the same JSON in a body of base64',
      () => eventOf(Buffer.from(base64Json(maxImageBytes)), { 'content-type': 'application/json' }),
    ],
    ['the address of such a picture', () => textEventOf(JSON.stringify({ url: URL }))],
    ['tensors in a body of the most bytes', () => textEventOf(tensors(maxBodyBytes), 'half_plus_two')],
    ['tensors of the most bytes when unzipped', () => eventOf(gzipSync(tensors(maxBodyBytes)), GZIP, 'half_plus_two')],
  ])('takes %s', async (_, event) => {
    gateway.internet.set(URL, paddedPng(picture(), maxImageBytes));
    const { statusCode, body } = await invoke(event());
    expect([statusCode, JSON.parse(body)]).toEqual([
      200,
      expect.objectContaining({ predictions: [expect.anything()] }),
    ]);
  });

  it.each([
    ['a raw picture', () => eventOf(paddedPng(picture(), maxImageBytes + 1)), `the limit is ${maxImageBytes}`],
    ['base64 in JSON', () => textEventOf(base64Json(maxImageBytes + 1)), `the limit is ${maxImageBytes}`],
    ['an address', () => textEventOf(JSON.stringify({ url: URL })), `the limit is ${maxImageBytes}`],
    ['text', () => textEventOf(tensors(maxBodyBytes + 1), 'half_plus_two'), String(maxBodyBytes)],
    ['base64', () => eventOf(Buffer.from(tensors(maxBodyBytes + 1)), {}, 'half_plus_two'), String(maxBodyBytes)],
    ['gzip', () => eventOf(gzipSync(tensors(maxBodyBytes + 1)), GZIP, 'half_plus_two'), 'when unzipped'],
    ['a gzip bomb', () => eventOf(gzipSync(Buffer.alloc(5e6)), GZIP, 'half_plus_two'), 'when unzipped'],
    [
      'what does not say how long it is',
      () => eventOf(Buffer.alloc(maxBodyBytes + 1), { 'content-length': '' }),
      `more than ${maxBodyBytes} bytes`,
    ],
    ['what says that it is longer', () => eventOf(picture(), { 'content-length': '100001' }), '100001 bytes'],
  ])('answers 413 to one byte more in %s', async (_, event, words) => {
    gateway.internet.set(URL, paddedPng(picture(), maxImageBytes + 1));
    const { statusCode, body, headers } = await invoke(event());
    expect([statusCode, JSON.parse(body).error]).toEqual([413, expect.stringContaining(words)]);
    expect(headers['content-type']).toBe('application/json');
    expect(gateway.fleet.calls.filter(({ method }) => method === 'predict')).toEqual([]);
  });

  it.each([
    [784, 200],
    [783, 413],
  ])('allows 28x28 pixels with a limit of %i: %i', async (maxImagePixels, statusCode) => {
    gateway = gatewayUnderTest({ maxImagePixels });
    gateway.fleet.serve('mnist', 1, readerOf(['6', '7', '8']));
    gateway.internet.set(URL, picture());
    const results = [eventOf(picture()), textEventOf(base64Json(1_000)), textEventOf(JSON.stringify({ url: URL }))];
    for (const event of results) {
      expect((await invoke(event)).statusCode).toBe(statusCode);
    }
  });

  describe('as large as Lambda takes them, with the default limits', () => {
    const { MAX_BODY_BYTES, MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS } = resolveGatewayConfig({});

    beforeEach(() => {
      gateway = gatewayUnderTest({
        maxBodyBytes: MAX_BODY_BYTES,
        maxImageBytes: MAX_IMAGE_BYTES,
        maxImagePixels: MAX_IMAGE_PIXELS,
      });
      gateway.fleet.serve('mnist', 1, readerOf(['6', '7', '8']));
    });

    it.each([
      ['a raw picture of 4.4 MB', () => eventOf(paddedPng(picture(), LARGEST_PICTURE))],
      ['JSON with a picture of 4.4 MB', () => textEventOf(base64Json(LARGEST_PICTURE))],
      ['6 MB of tensors', () => textEventOf(tensors(ENVELOPE_BYTES - 4_096), 'half_plus_two')],
      ['12 MB of tensors, zipped', () => eventOf(gzipSync(tensors(12e6)), GZIP, 'half_plus_two')],
    ])('takes %s', async (_, make) => {
      const text = JSON.stringify(make());
      expect(text.length).toBeLessThan(ENVELOPE_BYTES);
      expect((await invoke(JSON.parse(text))).statusCode).toBe(200);
    });
  });

  describe('with uploads', () => {
    const asCaller = (event: HttpApiV2Event, keyId: string): HttpApiV2Event => ({
      ...event,
      requestContext: { ...event.requestContext, authorizer: { lambda: grantToContext({ keyId, scopes: SCOPES }) } },
    });
    const upload = async (keyId: string): Promise<string> => {
      const bytes = paddedPng(picture(), maxImageBytes);
      const announcement = textEventOf(JSON.stringify({ content_type: 'image/png', bytes: bytes.length }));
      const { body } = await invoke(asCaller({ ...announcement, rawPath: '/v1/uploads' }, keyId));
      const { key, url } = JSON.parse(body);
      expect(await gateway.uploads.send(url, 'image/png', bytes)).toBe(200);
      return key;
    };

    it.each([
      ['alice', 'alice', 200],
      ['alice', 'bob', 404],
    ])('lets the caller alone read it: that of %s, read by %s: %i', async (owner, reader, statusCode) => {
      const event = textEventOf(JSON.stringify({ upload: await upload(owner) }));
      expect((await invoke(asCaller(event, reader))).statusCode).toBe(statusCode);
    });
  });
});
