import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  type ChannelArguments,
  parseChannelArguments,
} from '../../../../gpu-backend/src/listeners/grpc/grpc-channel-arguments.ts';

const NOTHING: ChannelArguments = { http2: {}, maxMessageBytes: undefined, withoutEffect: [] };

describe('parseChannelArguments', () => {
  it.each<[string, Partial<ChannelArguments>]>([
    ['', {}],
    ['grpc.keepalive_time_ms=60000', { http2: { keepaliveTimeMs: 60_000 } }],
    ['grpc.keepalive_timeout_ms=1000', { http2: { keepaliveTimeoutMs: 1_000 } }],
    ['grpc.max_concurrent_streams=7', { http2: { maxConcurrentStreams: 7 } }],
    ['grpc.max_connection_age_ms=30000', { http2: { maxConnectionAgeMs: 30_000 } }],
    ['grpc.max_connection_age_ms=2147483647', { http2: { maxConnectionAgeMs: Number.POSITIVE_INFINITY } }],
    ['grpc.max_connection_age_grace_ms=0', { http2: { maxConnectionAgeGraceMs: 0 } }],
    ['grpc.max_connection_idle_ms=5000', { http2: { maxConnectionIdleMs: 5_000 } }],
    ['grpc.max_metadata_size=32768', { http2: { maxHeaderListBytes: 32_768 } }],
    ['grpc.max_receive_message_length=4194304', { maxMessageBytes: 4_194_304 }],
    ['grpc.max_receive_message_length=-1', { maxMessageBytes: 2 ** 32 - 1 }],
    ['grpc.max_concurrent_streams=7,grpc.max_concurrent_streams=8', { http2: { maxConcurrentStreams: 8 } }],
    ['grpc.so_reuseport=0,a=b=c,constructor=', { withoutEffect: ['grpc.so_reuseport', 'a', 'constructor'] }],
  ])('reads "%s"', (text, expected) => {
    expect(parseChannelArguments(text)).toEqual({ ...NOTHING, ...expected });
  });

  it.each([
    ['grpc.max_concurrent_streams', '"grpc.max_concurrent_streams" is not name=value'],
    ['a=1,', '"" is not name=value'],
    ['=1', '"=1" is not name=value'],
    ['grpc.max_concurrent_streams=many', '"grpc.max_concurrent_streams=many" must have a whole number'],
    ['grpc.max_connection_age_ms=-5', '"grpc.max_connection_age_ms=-5" must have a whole number'],
    ['grpc.max_concurrent_streams=0', 'maxConcurrentStreams is 0, it must be a whole number from 1'],
    ['grpc.max_receive_message_length=0', 'must be -1, or from 1 to 4294967295'],
  ])('refuses "%s"', (text, message) => {
    expect(() => parseChannelArguments(text)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
    );
  });
});
