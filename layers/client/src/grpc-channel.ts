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
}

/** A Channel over gRPC in cleartext: round robin, keepalive, retries. Connects with the first call. */
export function createGrpcChannel(options: GrpcChannelOptions, dependencies: GrpcChannelDependencies): Channel {
  return new GrpcChannel(resolveGrpcChannelOptions(options), dependencies.clock);
}

/** Invariant: calls go to `#current`; connections that were replaced live on until their calls are done. */
class GrpcChannel implements Channel {
  readonly #options: ResolvedGrpcChannelOptions;
  readonly #clock: Clock;
  readonly #retiring = new Set<Promise<void>>();
  #current: GrpcConnection;
  #lastUsedAt: number;
  #closed = false;

  constructor(options: ResolvedGrpcChannelOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#current = new GrpcConnection(options);
    this.#lastUsedAt = clock.now();
  }

  async unary(path: string, message: Uint8Array, options: UnaryOptions = {}): Promise<Uint8Array> {
    if (this.#closed) {
      throw unavailable('the channel is closed');
    }
    this.#replaceWhenStale();
    this.#lastUsedAt = this.#clock.now();
    try {
      return await this.#current.unary(path, message, options);
    } finally {
      this.#lastUsedAt = this.#clock.now();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#current.retire(), ...this.#retiring]);
  }

  #replaceWhenStale(): void {
    if (this.#clock.now() - this.#lastUsedAt > this.#options.maxIdleMs) {
      const retired = this.#current.retire().finally(() => this.#retiring.delete(retired));
      this.#retiring.add(retired);
      this.#current = new GrpcConnection(this.#options);
    }
  }
}
