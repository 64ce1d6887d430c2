import type { UnaryOptions } from './channel.ts';
import type { ResolvedGrpcChannelOptions } from './grpc-channel-options.ts';

/**
 * One grpc-js client. The library is loaded from the construction on, but not by it: it is the larger half of what a
 * function in the cloud has to read before it can say that it has started.
 *
 * Invariant: a retired connection closes as soon as no call is open.
 */
export class GrpcConnection {
  readonly #client: Promise<OpenClient>;
  readonly #closed = Promise.withResolvers<void>();
  #openCalls = 0;
  #retired = false;

  constructor(options: ResolvedGrpcChannelOptions) {
    this.#client = open(options);
    this.#client.catch(() => undefined); // calls hear of it
  }

  async unary(path: string, message: Uint8Array, options: UnaryOptions): Promise<Uint8Array> {
    this.#openCalls++;
    try {
      const { call } = await this.#client;
      return await call(path, message, options);
    } finally {
      this.#openCalls--;
      this.#closeWhenDone();
    }
  }

  /** Takes no further calls; resolves when the open ones are done and the connection is closed. Idempotent. */
  retire(): Promise<void> {
    this.#retired = true;
    this.#closeWhenDone();
    return this.#closed.promise;
  }

  #closeWhenDone(): void {
    if (this.#retired && this.#openCalls === 0) {
      this.#closed.resolve(this.#client.then(({ close }) => close()));
    }
  }
}

interface OpenClient {
  call(path: string, message: Uint8Array, options: UnaryOptions): Promise<Uint8Array>;
  close(): void;
}

async function open(options: ResolvedGrpcChannelOptions): Promise<OpenClient> {
  const { callOnce, openClient } = await import('./grpc-call.ts');
  const client = openClient(options);
  return {
    call: (path, message, callOptions) => callOnce(client, path, message, callOptions),
    close: () => client.close(),
  };
}
