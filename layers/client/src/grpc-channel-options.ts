import type { ChannelOptions } from '@grpc/grpc-js';
import { invalidArgument } from '@tensorfleet/core';

export interface GrpcChannelOptions {
  /**
   * Where the servers are: `dns:///host:port` or `host:port` (every address behind the name takes its turn),
   * `ipv4:a:port,b:port`, or `unix:/path`.
   */
  readonly target: string;
  /** A ping after this silence, also without calls. Default 5 000 ms, 1 000 to 2^31 - 1. Servers that are not ours may want 300 000. */
  readonly keepaliveTimeMs?: number;
  /** A server that leaves a ping unanswered for so long is gone. Default 2 000 ms, 100 to 2^31 - 1. */
  readonly keepaliveTimeoutMs?: number;
  /** Attempts of a call that fails with UNAVAILABLE, the first included. Default 4, 1 (no retries) to 5. */
  readonly maxAttempts?: number;
  /** Pause before the first retry, with jitter; it doubles up to 1 s. Default 50 ms, 1 to 1 000. */
  readonly retryBaseMs?: number;
  /** The name is resolved at most this often, so new servers are seen no sooner. Default 5 000 ms, 1 000 to 2^31 - 1. */
  readonly minResolutionIntervalMs?: number;
  /** Largest request. Default 128 MiB (that of the server), 1 to 2^31 - 1 bytes. */
  readonly maxSendBytes?: number;
  /** Largest answer. Default 128 MiB, 1 to 2^31 - 1 bytes. */
  readonly maxReceiveBytes?: number;
  /**
   * Connections that carried no call for this long are not trusted any more (a frozen Lambda, a load balancer that
   * forgot them): the next call opens new ones. Default 240 000 ms, from 1 000; Infinity trusts for ever.
   */
  readonly maxIdleMs?: number;
}

export type ResolvedGrpcChannelOptions = Required<GrpcChannelOptions>;

const MAX_INT = 2 ** 31 - 1;
const MAX_MESSAGE_BYTES = 128 * 2 ** 20;
/** What a server may send ahead on one connection. */
const FLOW_CONTROL_WINDOW_BYTES = 2 ** 20;
/** Pauses between attempts to connect grow from the first to the second, with jitter: a server that restarts is back soon. */
const FIRST_RECONNECT_MS = 100;
const MAX_RECONNECT_MS = 5_000;
/** Retries stop while more than half of this many tokens are spent: a failure costs one, a success earns a tenth. */
const RETRY_TOKENS = 100;
const RETRY_TOKENS_PER_SUCCESS = 0.1;

const DEFAULTS: Omit<ResolvedGrpcChannelOptions, 'target'> = {
  keepaliveTimeMs: 5_000,
  keepaliveTimeoutMs: 2_000,
  maxAttempts: 4,
  retryBaseMs: 50,
  minResolutionIntervalMs: 5_000,
  maxSendBytes: MAX_MESSAGE_BYTES,
  maxReceiveBytes: MAX_MESSAGE_BYTES,
  maxIdleMs: 240_000,
};

const BOUNDS: Readonly<Record<keyof typeof DEFAULTS, readonly [min: number, max: number]>> = {
  keepaliveTimeMs: [1_000, MAX_INT],
  keepaliveTimeoutMs: [100, MAX_INT],
  maxAttempts: [1, 5],
  retryBaseMs: [1, 1_000],
  minResolutionIntervalMs: [1_000, MAX_INT],
  maxSendBytes: [1, MAX_INT],
  maxReceiveBytes: [1, MAX_INT],
  maxIdleMs: [1_000, Number.POSITIVE_INFINITY],
};

/** Options with their defaults. Throws INVALID_ARGUMENT for an empty target and for a value outside its bounds. */
export function resolveGrpcChannelOptions(options: GrpcChannelOptions): ResolvedGrpcChannelOptions {
  const resolved = { ...DEFAULTS, ...options };
  if (resolved.target.trim() === '') {
    throw invalidArgument('target is empty, it must name a server such as "dns:///fleet.internal:8500"');
  }
  for (const [name, [min, max]] of Object.entries(BOUNDS)) {
    const value = resolved[name as keyof typeof DEFAULTS]; // the table's keys are exactly these options
    const whole = Number.isInteger(value) || value === Number.POSITIVE_INFINITY;
    if (!whole || value < min || value > max) {
      throw invalidArgument(`${name} is ${value}, it must be a whole number from ${min} to ${max}`, { option: name });
    }
  }
  return Object.freeze(resolved);
}

/** The same in grpc-js's own names. */
export function grpcJsOptions(options: ResolvedGrpcChannelOptions): ChannelOptions {
  return {
    'grpc.keepalive_time_ms': options.keepaliveTimeMs,
    'grpc.keepalive_timeout_ms': options.keepaliveTimeoutMs,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.dns_min_time_between_resolutions_ms': options.minResolutionIntervalMs,
    'grpc.max_send_message_length': options.maxSendBytes,
    'grpc.max_receive_message_length': options.maxReceiveBytes,
    // Messages beyond these are never sent again, and the default of 1 MiB excludes one 299x299 picture. Nothing is copied.
    'grpc.per_rpc_retry_buffer_size': Number.MAX_SAFE_INTEGER,
    'grpc.retry_buffer_size': Number.MAX_SAFE_INTEGER,
    'grpc.initial_reconnect_backoff_ms': FIRST_RECONNECT_MS,
    'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_MS,
    'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
    // The configuration below holds; a TXT query per resolution would only look for another.
    'grpc.service_config_disable_resolution': 1,
    // Channels to the same target share connections otherwise, and a replacement would get the old ones.
    'grpc.use_local_subchannel_pool': 1,
    // A proxy variable in the environment is meant for the internet, not for the fleet.
    'grpc.enable_http_proxy': 0,
    'grpc.service_config': JSON.stringify(serviceConfig(options)),
  };
}

function serviceConfig(options: ResolvedGrpcChannelOptions): object {
  const config = { loadBalancingConfig: [{ round_robin: {} }] };
  if (options.maxAttempts === 1) {
    return config;
  }
  const retryPolicy = {
    maxAttempts: options.maxAttempts,
    initialBackoff: `${options.retryBaseMs / 1_000}s`,
    maxBackoff: '1s',
    backoffMultiplier: 2,
    // Calls are pure functions of their input, so sending one twice does no harm.
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  return {
    ...config,
    methodConfig: [{ name: [{}], retryPolicy }],
    retryThrottling: { maxTokens: RETRY_TOKENS, tokenRatio: RETRY_TOKENS_PER_SUCCESS },
  };
}
