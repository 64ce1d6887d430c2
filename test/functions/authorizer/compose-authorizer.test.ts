import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { composeAuthorizer } from '../../../functions/src/authorizer/compose-authorizer.ts';
import { resolveAuthorizerConfig } from '../../../functions/src/authorizer/config.ts';
import { parseKeyPlace } from '../../../functions/src/authorizer/key-source.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { silentLog } from '../../support/silent-log.ts';

const compose = (environment: Readonly<Record<string, string>>) =>
  composeAuthorizer(resolveAuthorizerConfig(environment), { clock: new FakeClock(), now: () => 0, log: silentLog() });

const JWT = { AUTH_MODE: 'jwt', JWT_ISSUER: 'https://id.example/', JWT_AUDIENCE: 'tensorfleet' };

describe('composeAuthorizer', () => {
  it('wants nobody by default', () => {
    expect(compose({})).toBeUndefined();
  });

  it.each([
    [{ AUTH_MODE: 'api-key', API_KEYS: 'file:keys.json' }],
    [{ AUTH_MODE: 'api-key', API_KEYS: 'ssm:/tensorfleet/dev/api-keys' }],
    [JWT],
    [{ ...JWT, JWT_JWKS_URL: 'http://127.0.0.1:1/keys' }],
  ])('makes an authorizer of %j', (environment) => {
    expect(compose(environment)).toBeDefined();
  });

  it.each([
    [{ AUTH_MODE: 'everybody' }, 'AUTH_MODE is "everybody"'],
    [{ AUTH_MODE: 'api-key' }, 'AUTH_MODE is api-key, which needs API_KEYS'],
    [{ AUTH_MODE: 'api-key', API_KEYS: 'keys.json' }, '"keys.json" is no place of API keys'],
    [{ AUTH_MODE: 'jwt', JWT_ISSUER: 'https://id.example' }, 'which needs JWT_AUDIENCE'],
    [{ ...JWT, JWT_JWKS_URL: 'http://id.example/keys' }, 'no https:// address'],
    [{ ...JWT, JWT_ISSUER: 'id.example' }, 'no https:// address'],
    [
      { API_KEYS_TTL_MS: '-1', API_KEYS_MAX_STALE_MS: 'long' },
      /API_KEYS_TTL_MS is "-1".*API_KEYS_MAX_STALE_MS is "long"/,
    ],
  ])('refuses %j', (environment, words) => {
    expect(() => compose(environment)).toThrow(expect.objectContaining({ code: Code.InvalidArgument }));
    expect(() => compose(environment)).toThrow(words);
  });
});

describe('parseKeyPlace', () => {
  it.each([
    ['ssm:/tensorfleet/dev/api-keys/', { kind: 'ssm', path: '/tensorfleet/dev/api-keys' }],
    ['secretsmanager:team/keys', { kind: 'secretsmanager', secret: 'team/keys' }],
    ['file:/etc/keys.json', { kind: 'file', path: '/etc/keys.json' }],
  ])('reads %s', (text, place) => {
    expect(parseKeyPlace(text)).toEqual(place);
  });

  it.each(['', 'ssm:', 'ssm:keys', 'ssm://', 'ssm:/a b', 'secretsmanager:', 'secretsmanager:a b', 'file:', 's3:/x'])(
    'refuses %j',
    (text) => {
      expect(() => parseKeyPlace(text)).toThrow('is no place of API keys');
    },
  );
});
