import { describe, expect, test } from 'vitest';
import {
  type GrpcChannelOptions,
  grpcJsOptions,
  resolveGrpcChannelOptions,
} from '../../../layers/client/src/grpc-channel-options.ts';

const target = 'dns:///fleet.internal:8500';

describe('resolveGrpcChannelOptions', () => {
  test.each<[string, Partial<GrpcChannelOptions>]>([
    ['target', { target: ' ' }],
    ['keepaliveTimeMs', { keepaliveTimeMs: 999 }],
    ['keepaliveTimeoutMs', { keepaliveTimeoutMs: 99 }],
    ['maxAttempts', { maxAttempts: 6 }],
    ['maxAttempts', { maxAttempts: 0 }],
    ['retryBaseMs', { retryBaseMs: 0.5 }],
    ['minResolutionIntervalMs', { minResolutionIntervalMs: Number.NaN }],
    ['maxSendBytes', { maxSendBytes: 2 ** 31 }],
    ['maxReceiveBytes', { maxReceiveBytes: 0 }],
    ['maxIdleMs', { maxIdleMs: 0 }],
  ])('refuses %s out of bounds', (name, options) => {
    expect(() => resolveGrpcChannelOptions({ target, ...options })).toThrow(`${name} is `);
  });

  test('lets connections be trusted for ever', () => {
    expect(resolveGrpcChannelOptions({ target, maxIdleMs: Number.POSITIVE_INFINITY }).maxIdleMs).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

describe('grpcJsOptions', () => {
  const serviceConfigOf = (options: Partial<GrpcChannelOptions>) =>
    JSON.parse(grpcJsOptions(resolveGrpcChannelOptions({ target, ...options }))['grpc.service_config'] ?? '');

  test('retries UNAVAILABLE only, with a budget', () => {
    const config = serviceConfigOf({ maxAttempts: 3, retryBaseMs: 20 });
    expect(config.methodConfig[0].retryPolicy).toMatchObject({
      maxAttempts: 3,
      initialBackoff: '0.02s',
      retryableStatusCodes: ['UNAVAILABLE'],
    });
    expect(config.retryThrottling).toBeDefined();
  });

  test('configures no retries for one attempt', () => {
    expect(serviceConfigOf({ maxAttempts: 1 }).methodConfig).toBeUndefined();
  });
});
