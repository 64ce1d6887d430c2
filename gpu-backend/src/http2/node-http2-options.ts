import { invalidArgument } from '@tensorfleet/core';

export interface NodeHttp2Options {
  /** Connections at a time; more are closed at once. Default 10 000, from 1. */
  readonly maxConnections?: number;
  /** Streams at a time and connection; more are refused. Default 1 000, 1 to 2^31 - 1. gRPC: MAX_CONCURRENT_STREAMS. */
  readonly maxConcurrentStreams?: number;
  /** Bytes of one request's headers as HPACK counts them (32 extra per header). Default 16 384, from 1 024. gRPC: max_metadata_size. */
  readonly maxHeaderListBytes?: number;
  /** Memory of one connection above which it gets no new streams; the open ones may go beyond. Default 256 MiB, from 1 MiB. */
  readonly maxSessionBytes?: number;
  /** What a client may send ahead on one stream. Default 1 MiB, 65 535 to 2^31 - 1; a connection gets four times as much. */
  readonly streamWindowBytes?: number;
  /**
   * Streams that a client may reset in a burst before its connection is cut (rapid reset). Default 10 000, from 1.
   * High enough for clients whose deadlines expire under overload.
   */
  readonly streamResetBurst?: number;
  /** Resets per second that refill the burst. Default 1 000, from 1. */
  readonly streamResetsPerSecond?: number;
  /** A connection without streams is closed after this time. Default 10 minutes, from 1 ms; Infinity never. gRPC: MAX_CONNECTION_IDLE. */
  readonly maxConnectionIdleMs?: number;
  /**
   * A connection is drained at this age, give or take a tenth, so that its client resolves the name again and finds
   * new servers. Default Infinity (never), from 1 ms; 30 000 suits a fleet behind DNS. gRPC: MAX_CONNECTION_AGE.
   */
  readonly maxConnectionAgeMs?: number;
  /**
   * How long streams may go on after that before they are told to end, and cut a little later. Default 60 000 ms, from
   * 0; at least the longest predict. gRPC: MAX_CONNECTION_AGE_GRACE.
   */
  readonly maxConnectionAgeGraceMs?: number;
  /** Time between two pings of the server, which find dead peers. Default Infinity (none), from 1 ms. gRPC: KEEPALIVE_TIME. */
  readonly keepaliveTimeMs?: number;
  /** A connection whose peer does not answer a ping within this time is cut. Default 20 000 ms, from 1. gRPC: KEEPALIVE_TIMEOUT. */
  readonly keepaliveTimeoutMs?: number;
}

export type ResolvedNodeHttp2Options = Required<NodeHttp2Options>;

const MIB = 2 ** 20;

const DEFAULTS: ResolvedNodeHttp2Options = {
  maxConnections: 10_000,
  maxConcurrentStreams: 1_000,
  maxHeaderListBytes: 16_384,
  maxSessionBytes: 256 * MIB,
  streamWindowBytes: MIB,
  streamResetBurst: 10_000,
  streamResetsPerSecond: 1_000,
  maxConnectionIdleMs: 600_000,
  maxConnectionAgeMs: Number.POSITIVE_INFINITY,
  maxConnectionAgeGraceMs: 60_000,
  keepaliveTimeMs: Number.POSITIVE_INFINITY,
  keepaliveTimeoutMs: 20_000,
};

interface Bounds {
  readonly min: number;
  readonly max: number;
}

const MAX_WINDOW_BYTES = 2 ** 31 - 1;
const COUNT: Bounds = { min: 1, max: MAX_WINDOW_BYTES };

const BOUNDS: Readonly<Record<keyof NodeHttp2Options, Bounds>> = {
  maxConnections: COUNT,
  maxConcurrentStreams: COUNT,
  maxHeaderListBytes: { min: 1_024, max: MAX_WINDOW_BYTES },
  maxSessionBytes: { min: MIB, max: Number.MAX_SAFE_INTEGER },
  streamWindowBytes: { min: 65_535, max: MAX_WINDOW_BYTES },
  streamResetBurst: COUNT,
  streamResetsPerSecond: COUNT,
  maxConnectionIdleMs: { min: 1, max: Number.POSITIVE_INFINITY },
  maxConnectionAgeMs: { min: 1, max: Number.POSITIVE_INFINITY },
  maxConnectionAgeGraceMs: { min: 0, max: Number.POSITIVE_INFINITY },
  keepaliveTimeMs: { min: 1, max: Number.POSITIVE_INFINITY },
  keepaliveTimeoutMs: { min: 1, max: Number.POSITIVE_INFINITY },
};

/** Options with their defaults. Throws INVALID_ARGUMENT for a value outside its bounds. */
export function resolveNodeHttp2Options(options: NodeHttp2Options = {}): ResolvedNodeHttp2Options {
  const resolved = { ...DEFAULTS, ...options };
  for (const [name, { min, max }] of Object.entries(BOUNDS)) {
    const value = resolved[name as keyof NodeHttp2Options]; // the table's keys are exactly the options
    const whole = Number.isInteger(value) || value === Number.POSITIVE_INFINITY;
    if (!whole || value < min || value > max) {
      throw invalidArgument(`${name} is ${value}, it must be a whole number from ${min} to ${max}`, { option: name });
    }
  }
  return Object.freeze(resolved);
}
