import { createLambdaHandler, type LambdaResult } from '@tensorfleet/functions';
import fc from 'fast-check';
import { Hono } from 'hono';
import { beforeEach, describe, expect, it } from 'vitest';
import type { GatewayEnv } from '../../../functions/src/gateway/gateway-env.ts';
import { type GatewayUnderTest, gatewayUnderTest, picture, readerOf, repeater } from '../gateway/gateway-under-test.ts';
import { CONTEXT, eventOf, PICTURE_EVENTS } from './lambda-event.ts';

const XRAY = 'Root=1-69203c40-5f2a41d83ce6b0a14f1f7b2d;Parent=0a1b2c3d4e5f6071;Sampled=1';
const xrayTrace = (): string => XRAY;

describe('createLambdaHandler with the gateway', () => {
  let gateway: GatewayUnderTest;

  beforeEach(() => {
    gateway = gatewayUnderTest();
    gateway.fleet.serve('mnist', 1, readerOf(['6', '7', '8']));
    gateway.internet.set('https://pictures.example/7.png', picture());
  });

  const invoke = (name: string, context = CONTEXT): Promise<LambdaResult> =>
    createLambdaHandler(gateway.app, { xrayTrace })(eventOf(name), context);

  it.each([...PICTURE_EVENTS, 'predict-base64-json', 'predict-url'])('reads the picture in %s', async (name) => {
    const { statusCode, body, isBase64Encoded } = await invoke(name);
    expect([statusCode, isBase64Encoded]).toEqual([200, false]);
    expect(JSON.parse(body)).toMatchObject({ model: 'mnist', version: 1, predictions: [{ label: '7' }] });
  });

  it('predicts with tensors', async () => {
    expect(JSON.parse((await invoke('predict-tensors')).body)).toEqual({ predictions: [2.5, 3, 4.5] });
  });

  it.each([
    ['model-status', 200, 'model_version_status'],
    ['health', 200, '"SERVING"'],
    ['alb-health-check', 200, '"SERVING"'],
    ['encoded-slash', 404, 'team/mnist'],
    ['function-url-encoded-slash', 404, 'team/mnist'],
    ['dot-segments', 404, 'Latest(..)'],
    ['unknown-path', 404, 'no such path: GET /favicon.ico'],
  ])('answers %s with %i', async (name, statusCode, words) => {
    expect(await invoke(name)).toMatchObject({ statusCode, body: expect.stringContaining(words) });
  });

  it('keeps half a second of the invocation for the answer, and the id of the request', async () => {
    const { headers } = await invoke('model-status');
    expect([gateway.fleet.calls[0]?.options.timeoutMs, headers?.['x-request-id']]).toEqual([4_000, 'JKJaXmPLvHcESHA=']);
  });

  it('answers 504 instead of running out of time', async () => {
    const late = { ...CONTEXT, getRemainingTimeInMillis: () => 500 };
    expect((await invoke('predict-tensors', late)).statusCode).toBe(504);
  });

  it('names the invocation in every line as Powertools does, the first of the sandbox as its cold start', async () => {
    const handler = createLambdaHandler(gateway.app, { xrayTrace });
    await handler(eventOf('predict-tensors'), CONTEXT);
    await handler(eventOf('predict-tensors'), { ...CONTEXT, awsRequestId: 'aws-2' });
    const common = { function_name: 'tensorfleet-dev-gateway', xray_trace_id: '1-69203c40-5f2a41d83ce6b0a14f1f7b2d' };
    expect(gateway.logLines.map(({ facts }) => facts)).toMatchObject([
      { ...common, cold_start: true, function_request_id: 'aws-1', sourceIp: '203.0.113.7' },
      { ...common, cold_start: false, function_request_id: 'aws-2' },
    ]);
  });

  describe('an answer that is too large for its way', () => {
    beforeEach(() => {
      gateway.fleet.serve('repeater', 1, repeater);
    });

    const predict = (name: string, rows: number): Promise<LambdaResult> => {
      const body = JSON.stringify({ instances: [rows] });
      const path = '/v1/models/repeater:predict';
      const headers = { 'content-type': 'application/json' };
      const event = { ...eventOf(name), body, isBase64Encoded: false, path, rawPath: path, headers };
      return createLambdaHandler(gateway.app, { xrayTrace })(event, CONTEXT);
    };

    it.each([
      ['predict-picture', 1_400_000, '6287460'],
      ['function-url', 1_400_000, '6287460'],
      ['alb', 250_000, '995904'],
    ])('becomes 413 with the limit and the way out (%s)', async (name, rows, limit) => {
      const { statusCode, body } = await predict(name, rows);
      expect(statusCode).toBe(413);
      expect(JSON.parse(body).error).toContain(`the limit on this way is ${limit}: ask for fewer rows at a time`);
    });

    it('is logged as what became of it', async () => {
      await predict('predict-picture', 1_400_000);
      expect(gateway.logLines.at(-1)?.facts).toMatchObject({ status: 413, code: 'RESOURCE_EXHAUSTED' });
    });

    it('is carried up to the limit', async () => {
      const { statusCode, body } = await predict('predict-picture', 500_000);
      expect([statusCode, JSON.parse(body).predictions.length]).toEqual([200, 500_000]);
    });
  });
});

describe('createLambdaHandler', () => {
  const invokeWith = (app: Hono<GatewayEnv>, name: string, changes: object = {}): Promise<LambdaResult> =>
    createLambdaHandler(app, { xrayTrace })({ ...eventOf(name), ...changes }, CONTEXT);

  const names = fc.constantFrom(...PICTURE_EVENTS);

  it('carries any bytes there and back, whoever sends them', async () => {
    const app = new Hono<GatewayEnv>().all('*', async (c) => new Response(await c.req.arrayBuffer()));
    await fc.assert(
      fc.asyncProperty(names, fc.uint8Array({ minLength: 1, maxLength: 300 }), async (name, bytes) => {
        const sent = Buffer.from(bytes).toString('base64');
        const { body, isBase64Encoded } = await invokeWith(app, name, { body: sent, isBase64Encoded: true });
        expect([isBase64Encoded, body]).toEqual([true, sent]);
      }),
    );
  });

  it('carries any text as text, whoever sends it', async () => {
    const app = new Hono<GatewayEnv>().all('*', async (c) => c.text(await c.req.text()));
    await fc.assert(
      fc.asyncProperty(names, fc.string({ unit: 'binary', maxLength: 50 }), async (name, text) => {
        fc.pre(!text.startsWith('\ufeff')); // decoders take it for a mark
        const result = await invokeWith(app, name, { body: text, isBase64Encoded: false });
        expect([result.isBase64Encoded, result.body]).toEqual([false, text]);
      }),
    );
  });

  it('sends what is compressed as bytes, whatever its type', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const app = new Hono<GatewayEnv>().all('*', () => new Response(Buffer.from([0x1f, 0x8b, 0xff]), { headers }));
    expect(await invokeWith(app, 'function-url')).toMatchObject({ body: 'H4v/', isBase64Encoded: true });
  });

  it('hands over headers, cookies, method and target', async () => {
    const app = new Hono<GatewayEnv>().all('*', (c) => {
      const { rawTarget, requestId, remainingMs } = c.env;
      const city = Buffer.from(c.req.header('x-city') ?? '', 'latin1').toString();
      const [cookie, accept] = [c.req.header('cookie'), c.req.header('accept')];
      return c.json({ rawTarget, requestId, remainingMs, cookie, city, accept, method: c.req.method });
    });
    const { body } = await invokeWith(app, 'function-url', {
      rawPath: '/v1/a%2Fb/../c',
      rawQueryString: 'x=%20&y',
      cookies: ['a=1', 'b=2'],
      headers: { accept: 'text/plain,image/*', 'x-city': 'Köln', 'x-absent': undefined },
    });
    expect(JSON.parse(body)).toEqual({
      rawTarget: '/v1/a%2Fb/../c?x=%20&y',
      requestId: '9e107d9d-3721-41e2-bd6e-1b6cf0f7a5d4',
      remainingMs: 4_000,
      cookie: 'a=1; b=2',
      city: 'Köln',
      accept: 'text/plain,image/*',
      method: 'POST',
    });
  });

  const headers = { vary: 'accept, origin' };
  const single = { statusCode: 204, headers, body: '', isBase64Encoded: false };

  it.each([
    ['predict-picture', { ...single, cookies: ['a=1', 'b=2, c'] }],
    ['function-url', { ...single, cookies: ['a=1', 'b=2, c'] }],
    ['rest-api', { ...single, multiValueHeaders: { 'set-cookie': ['a=1', 'b=2, c'] } }],
    ['http-api-format-1', { ...single, multiValueHeaders: { 'set-cookie': ['a=1', 'b=2, c'] } }],
    ['alb', { ...single, headers: { ...headers, 'set-cookie': 'a=1' } }],
    [
      'alb-multi-value',
      {
        statusCode: 204,
        multiValueHeaders: { vary: ['accept, origin'], 'set-cookie': ['a=1', 'b=2, c'] },
        body: '',
        isBase64Encoded: false,
      },
    ],
  ])('answers %s in its own form', async (name, result) => {
    const app = new Hono<GatewayEnv>().all('*', () => {
      const answered = new Headers([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2, c'],
        ['vary', 'accept'],
        ['vary', 'origin'],
      ]);
      return new Response(null, { status: 204, headers: answered });
    });
    expect(await invokeWith(app, name)).toEqual(result);
  });

  it.each(['//other.example/x', '/\\other.example', '/ ä', '/', '/[x]', '@other.example', ':99999'])(
    'takes the path %j as it is',
    async (rawPath) => {
      const app = new Hono<GatewayEnv>().all('*', (c) => c.text(c.env.rawTarget ?? ''));
      expect(await invokeWith(app, 'function-url', { rawPath })).toMatchObject({ statusCode: 200, body: rawPath });
    },
  );

  it.each(['CONNECT', 'TRACE'])('answers 501 to %s, which no request of the platform may have', async (httpMethod) => {
    const result = await invokeWith(new Hono<GatewayEnv>(), 'rest-api', { httpMethod });
    expect(result).toMatchObject({ statusCode: 501, body: '' });
  });

  it('rejects what is no such event', async () => {
    await expect(createLambdaHandler(new Hono<GatewayEnv>(), { xrayTrace })({}, CONTEXT)).rejects.toThrow(
      'the event is an object with no keys',
    );
  });
});
