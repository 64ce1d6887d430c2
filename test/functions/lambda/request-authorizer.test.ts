import { unavailable } from '@tensorfleet/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { formatApiKey } from '../../../functions/src/authorizer/api-key.ts';
import { createApiKeyAuthorizer } from '../../../functions/src/authorizer/api-key-authorizer.ts';
import type { Authorizer } from '../../../functions/src/authorizer/authorizer.ts';
import { grantFromContext } from '../../../functions/src/authorizer/grant.ts';
import { createKeyIndex } from '../../../functions/src/authorizer/key-index.ts';
import { type AuthorizerEvent, createAuthorizerHandler } from '../../../functions/src/lambda/request-authorizer.ts';
import { silentLog } from '../../support/silent-log.ts';
import { keyOf, NOW, recordOf } from '../authorizer/key-records.ts';

const key = keyOf(1);
const text = formatApiKey(key);
const revoked = keyOf(2);
const index = createKeyIndex([
  recordOf([key], { quota: { perMinute: 5 } }),
  recordOf([revoked], { revokedAt: '2026-01-01T00:00:00Z' }),
]);
const good = createApiKeyAuthorizer({ keys: async () => index, now: () => NOW });

const eventOf = (headers: AuthorizerEvent['headers']): AuthorizerEvent => ({
  headers,
  requestContext: { requestId: 'r-1' },
});

describe('the authorizer function', () => {
  let log: ReturnType<typeof silentLog>;
  beforeEach(() => {
    log = silentLog();
  });

  it('grants what the key`s record says, whatever the case of the header`s name', async () => {
    const { isAuthorized, context } = await createAuthorizerHandler(() => good, log)(eventOf({ 'X-Api-Key': text }));
    expect([isAuthorized, context['keyId']]).toEqual([true, key.id]);
    expect(grantFromContext(context, 'scope')).toEqual({
      keyId: key.id,
      scopes: [{ models: ['mnist', 'team-*'], actions: ['predict', 'read'] }],
      quota: { perMinute: 5 },
    });
  });

  it.each([
    ['no headers', undefined, 'missing'],
    ['headers that are null', null, 'missing'],
    ['a wrong key', { 'x-api-key': formatApiKey({ ...key, secret: '0'.repeat(64) }) }, 'wrong'],
    ['an unknown key', { 'x-api-key': formatApiKey(keyOf(3)) }, 'unknown'],
    ['a revoked key', { 'x-api-key': formatApiKey(revoked) }, 'revoked'],
    ['the header twice', { 'x-api-key': text, 'X-API-KEY': text }, 'malformed'],
    ['control characters', { 'x-api-key': `${text}\u0000\r\n` }, 'malformed'],
  ] as const)('denies %s, and logs why in one line without what was sent', async (_, headers, refusal) => {
    const result = await createAuthorizerHandler(() => good, log)(eventOf(headers));
    expect(result).toEqual({ isAuthorized: false, context: {} });
    expect(log.lines).toMatchObject([{ text: 'denied', facts: { refusal, requestId: 'r-1' } }]);
    expect(JSON.stringify(log.lines)).not.toMatch(/[0-9a-f]{64}/);
  });

  it.each<[string, () => Authorizer | undefined, unknown]>([
    [
      'keys cannot be loaded',
      () => createApiKeyAuthorizer({ keys: () => Promise.reject(unavailable('down')), now: () => NOW }),
      eventOf({ 'x-api-key': text }),
    ],
    [
      'the configuration is not valid',
      () => {
        throw new Error('AUTH_MODE is wrong');
      },
      eventOf({ 'x-api-key': text }),
    ],
    ['AUTH_MODE is none', () => undefined, eventOf({ 'x-api-key': text })],
    ['the event is null', () => good, null],
    ['the event is a number', () => good, 7],
    ['the authorizer throws', () => ({ authorize: () => Promise.reject(new Error('bug')) }), eventOf({})],
  ])('denies, and does not throw, when %s', async (_, compose, event) => {
    const handler = createAuthorizerHandler(compose, log);
    expect(await handler(event as AuthorizerEvent)).toEqual({ isAuthorized: false, context: {} });
    expect(log.lines).toHaveLength(1);
  });
});
