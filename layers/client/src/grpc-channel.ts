import { type Clock, unavailable } from '@tensorfleet/core';
import type { Channel, UnaryOptions } from './channel.ts';
import {
  type GrpcChannelOptions,
  type ResolvedGrpcChannelOptions,
  resolveGrpcChannelOptions,
} from './grpc-channel-options.ts';
import { GrpcConnection } from './grpc-connection.ts';

export interface GrpcChannelDependencies {
  readonly clock: Clock;
  /** Milliseconds since the epoch. Default: Date.now. A frozen machine's monotonic clock may stand still; this one jumps. */
  readonly wallClock?: () => number;
}

/** A Channel over gRPC in cleartext: round robin, keepalive, retries. Connects with the first call. */
export function createGrpcChannel(options: GrpcChannelOptions, dependencies: GrpcChannelDependencies): Channel {
  return new GrpcChannel(resolveGrpcChannelOptions(options), dependencies);
}

/** One moment on both clocks; milliseconds. */
interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** Invariant: calls go to `#current`; connections that were replaced live on until their calls are done. */
class GrpcChannel implements Channel {
  readonly #options: ResolvedGrpcChannelOptions;
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  readonly #retiring = new Set<Promise<void>>();
  #current: GrpcConnection;
  #lastUsed: Moment;
  #closed = false;

  constructor(options: ResolvedGrpcChannelOptions, { clock, wallClock = Date.now }: GrpcChannelDependencies) {
    this.#options = options;
    this.#clock = clock;
    this.#wallClock = wallClock;
    this.#current = new GrpcConnection(options);
    this.#lastUsed = this.#now();
  }

  async unary(path: string, message: Uint8Array, options: UnaryOptions = {}): Promise<Uint8Array> {
    if (this.#closed) {
      throw unavailable('the channel is closed');
    }
    this.#replaceWhenStale();
    this.#lastUsed = this.#now();
    try {
      return await this.#current.unary(path, message, options);
    } finally {
      this.#lastUsed = this.#now();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#current.retire(), ...this.#retiring]);
  }

  #now(): Moment {
    return { monotonic: this.#clock.now(), wall: this.#wallClock() };
  }

  #replaceWhenStale(): void {
    const { monotonic, wall } = this.#now();
    const idleMs = Math.max(monotonic - this.#lastUsed.monotonic, wall - this.#lastUsed.wall);
    if (idleMs > this.#options.maxIdleMs) {
      const retired = this.#current.retire().finally(() => this.#retiring.delete(retired));
      this.#retiring.add(retired);
      this.#current = new GrpcConnection(this.#options);
    }
  }
}
