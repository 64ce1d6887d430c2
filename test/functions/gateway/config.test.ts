import { Code } from '@tensorfleet/core';
import { resolveGatewayConfig } from '@tensorfleet/functions';
import { describe, expect, it } from 'vitest';

describe('resolveGatewayConfig', () => {
  it('has a default for everything, and for what is set to nothing', () => {
    const config = resolveGatewayConfig({ PATH: '/bin', FLEET_TARGET: '', LOG_LEVEL: undefined });
    expect(config).toMatchObject({ FLEET_TARGET: 'localhost:8500', IMAGE_ALLOWED_HOSTS: [], LOG_LEVEL: 'info' });
    expect(config).not.toHaveProperty('PATH');
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reads numbers and lists', () => {
    const environment = { MAX_BODY_BYTES: '2048', IMAGE_ALLOWED_HOSTS: ' images.internal, 10.0.0.7:8080 ,,' };
    expect(resolveGatewayConfig(environment)).toMatchObject({
      MAX_BODY_BYTES: 2048,
      IMAGE_ALLOWED_HOSTS: ['images.internal', '10.0.0.7:8080'],
    });
  });

  it('reports all problems at once, each with its variable and value', () => {
    const resolve = (): unknown =>
      resolveGatewayConfig({
        MAX_BODY_BYTES: '1',
        MAX_IMAGE_PIXELS: '1.5',
        REQUEST_TIMEOUT_MS: 'soon',
        LOG_LEVEL: 'loud',
        IMAGE_ALLOWED_HOSTS: 'http://x/',
      });
    expect(resolve).toThrow(expect.objectContaining({ code: Code.InvalidArgument }));
    expect(resolve).toThrow(/MAX_BODY_BYTES is "1": .*1024/);
    expect(resolve).toThrow(/MAX_IMAGE_PIXELS is "1.5"/);
    expect(resolve).toThrow(/REQUEST_TIMEOUT_MS is "soon"/);
    expect(resolve).toThrow(/LOG_LEVEL is "loud"/);
    expect(resolve).toThrow(/IMAGE_ALLOWED_HOSTS is "http:\/\/x\/": must be host or host:port/);
  });

  it('reads feature stores by name', () => {
    const text = '{"users": {"kind": "dynamodb", "table": "t"}, "items": {"kind": "redis", "url": "rediss://:p@h:1"}}';
    const { FEATURE_STORES } = resolveGatewayConfig({ FEATURE_STORES: text });
    expect(FEATURE_STORES.get('users')).toEqual({ kind: 'dynamodb', table: 't', keyAttribute: 'key', keyType: 'S' });
    expect(FEATURE_STORES.get('items')).toEqual({ kind: 'redis', url: 'rediss://:p@h:1' });
  });

  it.each([
    ['{', 'FEATURE_STORES is not valid: must be JSON'],
    ['[]', 'FEATURE_STORES is not valid'],
    ['{"users": {"kind": "mysql"}}', 'FEATURE_STORES.users.kind is not valid'],
    [
      '{"users": {"kind": "redis", "url": "http://:secret@host"}}',
      'FEATURE_STORES.users.url is not valid: must be redis:',
    ],
    ['{"users": {"kind": "dynamodb", "table": "t", "sort": "s"}}', 'FEATURE_STORES.users is not valid'],
  ])('says what is wrong with feature stores, without their passwords: %s', (text, problem) => {
    const resolve = (): unknown => resolveGatewayConfig({ FEATURE_STORES: text });
    expect(resolve).toThrow(problem);
    expect(resolve).not.toThrow('secret');
  });
});
