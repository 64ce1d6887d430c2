import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHttpApiV2Handler, type HttpApiV2Event, type HttpApiV2Result } from '@tensorfleet/functions';
import { Hono } from 'hono';
import { beforeEach, describe, expect, it } from 'vitest';
import type { GatewayEnv } from '../../../functions/src/gateway/gateway-env.ts';
import { type GatewayUnderTest, gatewayUnderTest, picture, readerOf } from '../gateway/gateway-under-test.ts';

const CONTEXT = { awsRequestId: 'aws-1', getRemainingTimeInMillis: () => 4_500 };

function eventOf(name: string): HttpApiV2Event {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../../fixtures/lambda-events/${name}.json`), 'utf8'));
}

describe('createHttpApiV2Handler with the gateway', () => {
  let gateway: GatewayUnderTest;

  beforeEach(() => {
    gateway = gatewayUnderTest();
    gateway.fleet.serve('mnist', 1, readerOf(['6', '7', '8']));
    gateway.internet.set('https://pictures.example/7.png', picture());
  });

  const invoke = (name: string): Promise<HttpApiV2Result> =>
    createHttpApiV2Handler(gateway.app)(eventOf(name), CONTEXT);

  it.each(['predict-picture', 'predict-base64-json', 'predict-url'])('reads the picture in %s', async (name) => {
    const result = await invoke(name);
    expect(result).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'x-model-version': '1' },
      isBase64Encoded: false,
    });
    expect(JSON.parse(result.body)).toMatchObject({ model: 'mnist', version: 1, predictions: [{ label: '7' }] });
  });

  it('predicts with tensors', async () => {
    expect(JSON.parse((await invoke('predict-tensors')).body)).toEqual({ predictions: [2.5, 3, 4.5] });
  });

  it.each([
    ['model-status', 200, 'model_version_status'],
    ['health', 200, '"SERVING"'],
    ['encoded-slash', 404, 'team/mnist'],
    ['dot-segments', 404, 'Latest(..)'],
    ['unknown-path', 404, 'no such path: GET /favicon.ico'],
  ])('answers %s with %i', async (name, statusCode, words) => {
    expect(await invoke(name)).toMatchObject({ statusCode, body: expect.stringContaining(words) });
  });

  it('keeps half a second of the invocation for the answer, and the id of the request', async () => {
    const { headers } = await invoke('model-status');
    expect([gateway.fleet.calls[0]?.options.timeoutMs, headers['x-request-id']]).toEqual([4_000, 'JKJaXmPLvHcESHA=']);
  });

  it('answers 504 instead of running out of time', async () => {
    const handler = createHttpApiV2Handler(gateway.app);
    const late = { ...CONTEXT, getRemainingTimeInMillis: () => 500 };
    expect((await handler(eventOf('predict-tensors'), late)).statusCode).toBe(504);
  });
});

describe('createHttpApiV2Handler', () => {
  const event = (changes: Partial<HttpApiV2Event> = {}): HttpApiV2Event => ({
    ...eventOf('predict-tensors'),
    ...changes,
  });

  const invokeWith = (app: Hono<GatewayEnv>, changes?: Partial<HttpApiV2Event>): Promise<HttpApiV2Result> =>
    createHttpApiV2Handler(app)(event(changes), CONTEXT);

  it('carries every byte of a binary body there and back', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const app = new Hono<GatewayEnv>().all('*', async (c) => new Response(await c.req.arrayBuffer()));
    const result = await invokeWith(app, { body: bytes.toString('base64'), isBase64Encoded: true });
    expect(result.isBase64Encoded).toBe(true);
    expect(Buffer.from(result.body, 'base64')).toEqual(bytes);
  });

  it('carries text that is not ASCII as text', async () => {
    const app = new Hono<GatewayEnv>().all('*', async (c) => c.text(await c.req.text()));
    expect(await invokeWith(app, { body: 'größe 模型', isBase64Encoded: false })).toMatchObject({
      body: 'größe 模型',
      isBase64Encoded: false,
    });
  });

  it('hands over headers, cookies, method and target', async () => {
    const app = new Hono<GatewayEnv>().all('*', (c) => {
      const { rawTarget, requestId, remainingMs } = c.env;
      const cookie = c.req.header('cookie');
      const city = Buffer.from(c.req.header('x-city') ?? '', 'latin1').toString();
      return c.json({
        rawTarget,
        requestId,
        remainingMs,
        cookie,
        city,
        accept: c.req.header('accept'),
        method: c.req.method,
      });
    });
    const { body } = await invokeWith(app, {
      rawPath: '/v1/a%2Fb/../c',
      rawQueryString: 'x=%20&y',
      cookies: ['a=1', 'b=2'],
      headers: { accept: 'text/plain,image/*', 'x-city': 'Köln', 'x-absent': undefined },
    });
    expect(JSON.parse(body)).toEqual({
      rawTarget: '/v1/a%2Fb/../c?x=%20&y',
      requestId: 'JKJaXmPLvHcESHA=',
      remainingMs: 4_000,
      cookie: 'a=1; b=2',
      city: 'Köln',
      accept: 'text/plain,image/*',
      method: 'POST',
    });
  });

  it.each([
    ['a Lambda authorizer', { lambda: { keyId: 'k1', scopes: 'predict:*' } }, { keyId: 'k1', scopes: 'predict:*' }],
    ['a JWT authorizer', { jwt: { claims: { sub: 'u1' } } }, { sub: 'u1' }],
    ['a Lambda authorizer without a context', { lambda: null }, undefined],
    ['no authorizer', undefined, undefined],
  ])('hands over what %s says', async (_name, authorizer, expected) => {
    const app = new Hono<GatewayEnv>().all('*', (c) => c.json({ grant: c.env.authorizerContext }));
    const requestContext = { http: { method: 'POST' }, ...(authorizer && { authorizer }) };
    const { body } = await invokeWith(app, { requestContext });
    expect(JSON.parse(body)).toEqual({ grant: expected });
  });

  it('answers with cookies apart from the other headers, which are joined', async () => {
    const app = new Hono<GatewayEnv>().all('*', () => {
      const headers = new Headers([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2, c'],
        ['vary', 'accept'],
        ['vary', 'origin'],
      ]);
      return new Response(null, { status: 204, headers });
    });
    expect(await invokeWith(app)).toEqual({
      statusCode: 204,
      headers: { vary: 'accept, origin' },
      cookies: ['a=1', 'b=2, c'],
      body: '',
      isBase64Encoded: false,
    });
  });

  it.each(['//other.example/x', '/\\other.example', '/ ä?', '', '/%', '/[x]', '@other.example', ':99999'])(
    'takes the path %j as it is',
    async (rawPath) => {
      const app = new Hono<GatewayEnv>().all('*', (c) => c.text(c.env.rawTarget ?? ''));
      expect(await invokeWith(app, { rawPath, rawQueryString: '' })).toMatchObject({ statusCode: 200, body: rawPath });
    },
  );
});
