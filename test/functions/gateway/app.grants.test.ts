import { unavailable } from '@tensorfleet/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ApiKey, formatApiKey } from '../../../functions/src/authorizer/api-key.ts';
import { createApiKeyAuthorizer } from '../../../functions/src/authorizer/api-key-authorizer.ts';
import { type Grant, grantToContext } from '../../../functions/src/authorizer/grant.ts';
import { createKeyIndex } from '../../../functions/src/authorizer/key-index.ts';
import { ACTIONS } from '../../../functions/src/authorizer/scope.ts';
import { createMemoryQuotaCounter } from '../../../functions/src/gateway/quota/memory-quota-counter.ts';
import type { QuotaCounter } from '../../../functions/src/gateway/quota/quota-counter.ts';
import { keyOf, NOW, recordOf } from '../authorizer/key-records.ts';
import { errorOf, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.ts';

const PREDICT = '/v1/models/half_plus_two:predict';
const BODY = '{"instances": [1]}';
/** In a line's facts: it names the trace of its request. */
const TRACE_ID = expect.stringMatching(/^[0-9a-f]{32}$/);

const key = keyOf(1);
const rotated: ApiKey = { id: key.id, secret: keyOf(2).secret };
const revoked = keyOf(3);
const expired = keyOf(4);
const reader = keyOf(5);
const index = createKeyIndex([
  recordOf([key, rotated], { scopes: [{ models: ['half_*'], actions: ['predict', 'read', 'metadata'] }] }),
  recordOf([revoked], { revokedAt: '2026-01-01T00:00:00Z' }),
  recordOf([expired], { expiresAt: '2026-01-01T00:00:00Z' }),
  recordOf([reader], { scopes: [{ models: ['reader'], actions: ['read'] }] }),
]);

const headersOf = (value: ApiKey | string) => ({
  'x-api-key': typeof value === 'string' ? value : formatApiKey(value),
});

describe('a gateway that authorizes itself', () => {
  let gateway: GatewayUnderTest;
  let keys: () => Promise<typeof index>;

  beforeEach(() => {
    keys = async () => index;
    const authorizer = createApiKeyAuthorizer({ keys: () => keys(), now: () => NOW });
    gateway = gatewayUnderTest({}, { grants: { authorizer, required: false, scopeClaim: 'scope' } });
  });

  const predict = (headers: Readonly<Record<string, string>>, path = PREDICT): Promise<Response> =>
    gateway.post(path, BODY, headers);

  it.each([
    ['as x-api-key', headersOf(key)],
    ['as a bearer token', { authorization: `Bearer ${formatApiKey(key)}` }],
    ['with the second of its secrets', headersOf(rotated)],
  ])('lets a key pass %s, and names it in the log', async (_, headers) => {
    expect((await predict(headers)).status).toBe(200);
    expect(gateway.logLines[0]?.facts).toMatchObject({ keyId: key.id, status: 200 });
  });

  it.each([
    ['no key', {}, 'send an API key', undefined, 'missing'],
    [
      'two headers',
      { ...headersOf(key), authorization: `Bearer ${formatApiKey(key)}` },
      'not both',
      'invalid_token',
      'several',
    ],
    ['a wrong secret', headersOf({ ...key, secret: '0'.repeat(64) }), 'not valid', 'invalid_token', 'wrong'],
    ['an unknown id', headersOf(keyOf(9)), 'not valid', 'invalid_token', 'unknown'],
    ['a revoked key', headersOf(revoked), 'not valid', 'invalid_token', 'revoked'],
    ['an expired key', headersOf(expired), 'not valid', 'invalid_token', 'expired'],
    ['a key twice', headersOf(`${formatApiKey(key)}, ${formatApiKey(key)}`), 'not valid', 'invalid_token', 'malformed'],
    ['a key of 8 kB', headersOf('a'.repeat(8_193)), 'not valid', 'invalid_token', 'malformed'],
    [
      'a key with bytes outside ASCII',
      headersOf(`${formatApiKey(key)}\u00e4`),
      'not valid',
      'invalid_token',
      'malformed',
    ],
  ])('answers 401 to %s, and logs why', async (_, headers, words, error, refusal) => {
    const response = await predict(headers);
    expect([response.status, await errorOf(response)]).toEqual([401, expect.stringContaining(words)]);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer realm="tensorfleet"${error === undefined ? '' : `, error="${error}"`}`,
    );
    expect(gateway.logLines[0]).toMatchObject({ text: 'denied', facts: { refusal, trace_id: TRACE_ID } });
    expect(JSON.stringify(gateway.logLines)).not.toMatch(/[0-9a-f]{64}/);
    expect(gateway.fleet.calls).toEqual([]);
  });

  it.each([
    [
      'another model',
      'POST',
      '/v1/models/reader:predict',
      key,
      `key "${key.id}" has no scope for predict on model "reader"`,
    ],
    ['a model that does not exist', 'GET', '/v1/models/nobody', key, 'has no scope for read on model "nobody"'],
    ['another action', 'GET', '/v1/models/reader/metadata', reader, 'has no scope for metadata on model "reader"'],
    ['uploads', 'POST', '/v1/uploads', key, 'has no scope for upload'],
  ])('answers 403 to %s, without asking the fleet', async (_, method, path, who, words) => {
    const body = method === 'GET' ? null : BODY;
    const response = await gateway.app.request(path, { method, body, headers: headersOf(who) });
    expect([response.status, await errorOf(response)]).toEqual([403, expect.stringContaining(words)]);
    expect(gateway.fleet.calls).toEqual([]);
  });

  it('does not read the body of a request that it refuses', async () => {
    const tooLarge = ' '.repeat(1_000_000);
    expect((await gateway.post(PREDICT, tooLarge)).status).toBe(401);
  });

  it('lists the models only that the key may read', async () => {
    const response = await gateway.app.request('/v1/models', { headers: headersOf(key) });
    expect(await response.json()).toMatchObject({ models: [{ name: 'half_plus_two' }] });
  });

  it('describes the models only whose metadata the key may see', async () => {
    const response = await gateway.app.request('/openapi.json', { headers: headersOf(key) });
    const { paths } = (await response.json()) as { paths: Readonly<Record<string, unknown>> }; // OpenAPI
    expect(Object.keys(paths).filter((path) => path.startsWith('/v1/models/'))).toEqual(
      expect.arrayContaining([expect.stringContaining('half_plus_two')]),
    );
    expect(JSON.stringify(paths)).not.toContain('/v1/models/reader');
  });

  it.each([
    ['GET', '/', 404],
    ['DELETE', '/v1/models/half_plus_two', 400],
    ['GET', '/v1/models/%ZZ', 400],
  ])('answers %s %s with %i to whoever has a key, and 401 to others', async (method, path, status) => {
    const known = await gateway.app.request(path, { method, headers: headersOf(key) });
    const unknown = await gateway.app.request(path, { method });
    expect([known.status, unknown.status]).toEqual([status, 401]);
  });

  it('asks for no key at /healthz', async () => {
    expect((await gateway.app.request('/healthz')).status).toBe(200);
  });

  it('answers 503 while keys cannot be checked, and lets nobody pass', async () => {
    keys = () => Promise.reject(unavailable('the secret place is down'));
    const response = await predict(headersOf(key));
    expect([response.status, response.headers.get('retry-after'), await errorOf(response)]).toEqual([
      503,
      '1',
      'keys cannot be checked at the moment',
    ]);
  });

  it('does not believe a context that its host passes', async () => {
    const context = { authorizerContext: grantToContext({ keyId: 'k', scopes: [] }) };
    expect((await gateway.app.request('/v1/models', {}, context)).status).toBe(401);
  });
});

describe('a gateway behind an authorizer', () => {
  const grantOf = (more: Partial<Grant> = {}): Grant => ({
    keyId: 'k',
    scopes: [{ models: ['*'], actions: [...ACTIONS] }],
    ...more,
  });
  const askWith = (gateway: GatewayUnderTest, authorizerContext?: Readonly<Record<string, unknown>>) =>
    gateway.app.request('/v1/models/reader', {}, authorizerContext && { authorizerContext });

  it.each([
    ['a grant', grantToContext(grantOf()), 200],
    ['a grant of something else', grantToContext(grantOf({ scopes: [] })), 403],
    ['claims of a token', { sub: 'auth0|7', iss: 'x', scope: 'openid read:reader' }, 200],
    ['claims of a token for something else', { sub: 'auth0|7', scope: 'read:mnist' }, 403],
    ['claims without scopes', { sub: 'auth0|7' }, 401],
    ['an empty context', {}, 401],
    ['nothing', undefined, 401],
  ])('that requires a grant answers %s', async (_, context, status) => {
    const gateway = gatewayUnderTest({}, { grants: { required: true, scopeClaim: 'scope' } });
    expect((await askWith(gateway, context)).status).toBe(status);
  });

  it('lets requests pass without a grant where none is required, and holds to one that is there', async () => {
    const gateway = gatewayUnderTest();
    const statuses = [await askWith(gateway), await askWith(gateway, grantToContext(grantOf({ scopes: [] })))];
    expect(statuses.map(({ status }) => status)).toEqual([200, 403]);
  });
});

describe('quotas', () => {
  let now: number;
  let takes: number;
  let fault: Promise<never> | undefined;
  let counter: QuotaCounter;

  beforeEach(() => {
    now = NOW;
    takes = 0;
    fault = undefined;
    const counting = createMemoryQuotaCounter();
    counter = {
      take(...args) {
        takes++;
        return fault ?? counting.take(...args);
      },
    };
  });

  const quotaGateway = (onFault: 'open' | 'closed' = 'open', fallback = {}): GatewayUnderTest =>
    gatewayUnderTest({}, { quotas: { counter, fallback, onFault, now: () => now } });

  const askAs = (gateway: GatewayUnderTest, grant: Partial<Grant>): Promise<Response> => {
    const scopes: Grant['scopes'] = [{ models: ['*'], actions: [...ACTIONS] }];
    const authorizerContext = grantToContext({ keyId: 'k', scopes, ...grant });
    return Promise.resolve(gateway.app.request('/v1/models/reader', {}, { authorizerContext }));
  };

  it('are kept with 429, a sentence and the time of the next window', async () => {
    const gateway = quotaGateway();
    const quota = { perMinute: 2 };
    expect((await askAs(gateway, { quota })).status).toBe(200);
    expect((await askAs(gateway, { quota })).status).toBe(200);
    now += 20_500;
    const response = await askAs(gateway, { quota });
    expect([response.status, response.headers.get('retry-after'), await errorOf(response)]).toEqual([
      429,
      '40',
      'key "k" has used its quota of 2 requests in this minute; the next minute begins in 40 s',
    ]);
    now += 39_500;
    expect((await askAs(gateway, { quota })).status).toBe(200);
  });

  it('are not counted again for whoever was refused, for a minute at most', async () => {
    const gateway = quotaGateway();
    for (let request = 0; request < 5; request++) {
      await askAs(gateway, { quota: { perDay: 1 } });
    }
    expect(takes).toBe(2);
    now += 60_000;
    expect((await askAs(gateway, { quota: { perDay: 2 } })).status).toBe(200);
  });

  it('come from a default for those who have none, and from nobody else', async () => {
    const gateway = quotaGateway('open', { perMinute: 1 });
    const statuses = [
      await askAs(gateway, {}),
      await askAs(gateway, {}),
      await askAs(gateway, { keyId: 'l', quota: { perMinute: 2 } }),
      await askAs(gateway, { keyId: 'l', quota: { perMinute: 2 } }),
      await gateway.app.request('/v1/models/reader'),
    ];
    expect(statuses.map(({ status }) => status)).toEqual([200, 429, 200, 200, 200]);
    expect(takes).toBe(4);
  });

  it('are asked of nobody where there are none', async () => {
    await askAs(quotaGateway(), {});
    expect(takes).toBe(0);
  });

  it('do not count what scopes refuse', async () => {
    const gateway = quotaGateway();
    expect((await askAs(gateway, { scopes: [], quota: { perDay: 1 } })).status).toBe(403);
    expect((await askAs(gateway, { quota: { perDay: 1 } })).status).toBe(200);
  });

  it.each([
    ['open', 200],
    ['closed', 503],
  ] as const)('fail %s with a counter that fails, which is left alone for 5 s then', async (onFault, status) => {
    const gateway = quotaGateway(onFault);
    const quota = { perDay: 9 };
    fault = Promise.reject(unavailable('no table'));
    expect((await askAs(gateway, { quota })).status).toBe(status);
    expect((await askAs(gateway, { quota })).status).toBe(status);
    expect(takes).toBe(1);
    fault = undefined;
    gateway.clock.advance(5_000);
    expect((await askAs(gateway, { quota })).status).toBe(200);
    expect(gateway.logLines.filter(({ level }) => level === 'error')).toMatchObject([
      { text: 'quotas cannot be counted', facts: { trace_id: TRACE_ID } },
    ]);
  });

  it('wait a second for a counter, not longer', async () => {
    const gateway = quotaGateway('closed');
    fault = new Promise(() => undefined);
    const answer = askAs(gateway, { quota: { perDay: 9 } });
    await new Promise((resolve) => setImmediate(resolve));
    gateway.clock.advance(1_000);
    expect((await answer).status).toBe(503);
  });
});
