import { gzipSync } from 'node:zlib';
import { createLambdaHandler, type LambdaResult, resolveGatewayConfig } from '@tensorfleet/functions';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Grant, grantToContext } from '../../../functions/src/authorizer/grant.ts';
import { paddedPng } from '../../support/padded-png.ts';
import { type GatewayUnderTest, gatewayUnderTest, LIMITS, picture, readerOf } from '../gateway/gateway-under-test.ts';
import { CONTEXT, eventOf } from './lambda-event.ts';

/** A recorded event of every kind of sender. */
const SENDERS = ['predict-picture', 'rest-api', 'alb', 'function-url'] as const;
const URL = 'https://pictures.example/7.png';
/** Most that Lambda takes for a synchronous invocation: the whole event as JSON. */
const ENVELOPE_BYTES = 6 * 2 ** 20;
/** What is written in the README as the largest picture. */
const LARGEST_PICTURE = 4.4e6;

type Headers = Readonly<Record<string, string>>;
type Sent = (sender: string) => object;

/** A body that is no text, or compressed, comes as base64, and with its length as it was sent. */
function bytesEvent(bytes: Uint8Array, changes: Headers = {}, model = 'mnist'): Sent {
  const body = Buffer.from(bytes).toString('base64');
  const headers = { 'content-type': 'image/png', 'content-length': String(bytes.length), ...changes };
  return (sender) => ({ ...eventWith(sender, headers, `/v1/models/${model}:predict`), body, isBase64Encoded: true });
}

function textEvent(body: string, model = 'mnist', path = `/v1/models/${model}:predict`): Sent {
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
  return (sender) => ({ ...eventWith(sender, headers, path), body, isBase64Encoded: false });
}

/** From a caller who needs no grant. */
function eventWith(sender: string, headers: Headers, path: string): object {
  const recorded = eventOf(sender);
  const { authorizer: _, ...requestContext } = recorded.requestContext;
  const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return {
    ...recorded,
    requestContext,
    headers,
    ...('multiValueHeaders' in recorded && { multiValueHeaders }),
    ...('rawPath' in recorded ? { rawPath: path } : { path }),
  };
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

  const invoke = (event: object): Promise<LambdaResult> =>
    createLambdaHandler(gateway.app, { xrayTrace: () => undefined })(event, CONTEXT);

  const { maxBodyBytes, maxImageBytes } = LIMITS;

  describe.each(SENDERS)('from %s', (sender) => {
    it.each([
      ['a raw picture of the most bytes', () => bytesEvent(paddedPng(picture(), maxImageBytes))],
      ['the same in base64 in JSON', () => textEvent(base64Json(maxImageBytes))],
      [
        'the same JSON in a body of base64',
        () => bytesEvent(Buffer.from(base64Json(maxImageBytes)), { 'content-type': 'application/json' }),
      ],
      ['the address of such a picture', () => textEvent(JSON.stringify({ url: URL }))],
      ['tensors in a body of the most bytes', () => textEvent(tensors(maxBodyBytes), 'half_plus_two')],
      [
        'tensors of the most bytes when unzipped',
        () => bytesEvent(gzipSync(tensors(maxBodyBytes)), GZIP, 'half_plus_two'),
      ],
    ])('takes %s', async (_, event) => {
      gateway.internet.set(URL, paddedPng(picture(), maxImageBytes));
      const { statusCode, body } = await invoke(event()(sender));
      expect([statusCode, JSON.parse(body)]).toEqual([
        200,
        expect.objectContaining({ predictions: [expect.anything()] }),
      ]);
    });

    it.each([
      ['a raw picture', () => bytesEvent(paddedPng(picture(), maxImageBytes + 1)), `the limit is ${maxImageBytes}`],
      ['base64 in JSON', () => textEvent(base64Json(maxImageBytes + 1)), `the limit is ${maxImageBytes}`],
      ['an address', () => textEvent(JSON.stringify({ url: URL })), `the limit is ${maxImageBytes}`],
      ['text', () => textEvent(tensors(maxBodyBytes + 1), 'half_plus_two'), String(maxBodyBytes)],
      ['base64', () => bytesEvent(Buffer.from(tensors(maxBodyBytes + 1)), {}, 'half_plus_two'), String(maxBodyBytes)],
      ['gzip', () => bytesEvent(gzipSync(tensors(maxBodyBytes + 1)), GZIP, 'half_plus_two'), 'when unzipped'],
      ['a gzip bomb', () => bytesEvent(gzipSync(Buffer.alloc(5e6)), GZIP, 'half_plus_two'), 'when unzipped'],
      [
        'what does not say how long it is',
        () => bytesEvent(Buffer.alloc(maxBodyBytes + 1), { 'content-length': '' }),
        `more than ${maxBodyBytes} bytes`,
      ],
      ['what says that it is longer', () => bytesEvent(picture(), { 'content-length': '100001' }), '100001 bytes'],
    ])('answers 413 to one byte more in %s', async (_, event, words) => {
      gateway.internet.set(URL, paddedPng(picture(), maxImageBytes + 1));
      const { statusCode, body, headers } = await invoke(event()(sender));
      expect([statusCode, JSON.parse(body).error]).toEqual([413, expect.stringContaining(words)]);
      expect(headers?.['content-type']).toBe('application/json');
      expect(gateway.fleet.calls.filter(({ method }) => method === 'predict')).toEqual([]);
    });

    it.each([
      [784, 200],
      [783, 413],
    ])('allows 28x28 pixels with a limit of %i: %i', async (maxImagePixels, statusCode) => {
      gateway = gatewayUnderTest({ maxImagePixels });
      gateway.fleet.serve('mnist', 1, readerOf(['6', '7', '8']));
      gateway.internet.set(URL, picture());
      const events = [bytesEvent(picture()), textEvent(base64Json(1_000)), textEvent(JSON.stringify({ url: URL }))];
      for (const event of events) {
        expect((await invoke(event(sender))).statusCode).toBe(statusCode);
      }
    });
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
      ['a raw picture of 4.4 MB', () => bytesEvent(paddedPng(picture(), LARGEST_PICTURE))],
      ['JSON with a picture of 4.4 MB', () => textEvent(base64Json(LARGEST_PICTURE))],
      ['6 MB of tensors', () => textEvent(tensors(ENVELOPE_BYTES - 4_096), 'half_plus_two')],
      ['12 MB of tensors, zipped', () => bytesEvent(gzipSync(tensors(12e6)), GZIP, 'half_plus_two')],
    ])('takes %s', async (_, make) => {
      const text = JSON.stringify(make()('predict-picture'));
      expect(text.length).toBeLessThan(ENVELOPE_BYTES);
      expect((await invoke(JSON.parse(text))).statusCode).toBe(200);
    });
  });

  describe('with uploads', () => {
    const askAs = (keyId: string, body: object, path?: string): Promise<LambdaResult> => {
      const event = eventOf('predict-picture');
      const lambda = grantToContext({ keyId, scopes: SCOPES });
      const sent = textEvent(JSON.stringify(body), 'mnist', path)('predict-picture');
      return invoke({ ...sent, requestContext: { ...event.requestContext, authorizer: { lambda } } });
    };
    const upload = async (keyId: string): Promise<string> => {
      const bytes = paddedPng(picture(), maxImageBytes);
      const { body } = await askAs(keyId, { content_type: 'image/png', bytes: bytes.length }, '/v1/uploads');
      const { key, url } = JSON.parse(body);
      expect(await gateway.uploads.send(url, 'image/png', bytes)).toBe(200);
      return key;
    };

    it.each([
      ['alice', 'alice', 200],
      ['alice', 'bob', 404],
    ])('lets the caller alone read it: that of %s, read by %s: %i', async (owner, reader, statusCode) => {
      const key = await upload(owner);
      expect((await askAs(reader, { upload: key })).statusCode).toBe(statusCode);
    });
  });
});
