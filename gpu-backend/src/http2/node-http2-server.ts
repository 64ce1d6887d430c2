import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Clock, failedPrecondition, listenError } from '@tensorfleet/core';
import type { Http2Server, ListenAddress, OnStream } from './http2-server.ts';
import { NodeHttp2Connection } from './node-http2-connection.ts';
import { type NodeHttp2Options, type ResolvedNodeHttp2Options, resolveNodeHttp2Options } from './node-http2-options.ts';

export interface NodeHttp2Dependencies {
  readonly clock: Clock;
  /** Uniform in [0, 1); spreads the ages of connections. */
  readonly random: () => number;
}

/** An Http2Server on node:http2 in cleartext with prior knowledge (h2c), as gRPC inside a network speaks it. */
export function createNodeHttp2Server(
  dependencies: NodeHttp2Dependencies,
  options: NodeHttp2Options = {},
): Http2Server {
  return new NodeHttp2Server(dependencies, resolveNodeHttp2Options(options));
}

/** Invariant: `#connections` holds exactly the open ones; once `#closing` is set it only shrinks. */
class NodeHttp2Server implements Http2Server {
  readonly #dependencies: NodeHttp2Dependencies;
  readonly #options: ResolvedNodeHttp2Options;
  readonly #connections = new Set<NodeHttp2Connection>();
  #server: Server | undefined;
  #closing: Promise<void> | undefined;

  constructor(dependencies: NodeHttp2Dependencies, options: ResolvedNodeHttp2Options) {
    this.#dependencies = dependencies;
    this.#options = options;
  }

  get connections(): number {
    return this.#connections.size;
  }

  async listen(address: ListenAddress, onStream: OnStream): Promise<{ readonly port: number }> {
    if (this.#server !== undefined || this.#closing !== undefined) {
      throw failedPrecondition('this server has listened before');
    }
    const server = createServer({ noDelay: true }, (socket) => this.#connect(socket, onStream));
    this.#server = server;
    server.maxConnections = this.#options.maxConnections;
    server.listen(address);
    try {
      await once(server, 'listening');
    } catch (reason) {
      throw listenError(address.host, address.port, reason);
    }
    const bound = server.address();
    return { port: typeof bound === 'object' && bound !== null ? bound.port : address.port };
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeServer();
    for (const connection of this.#connections) {
      connection.drain();
    }
    return this.#closing;
  }

  destroy(): Promise<void> {
    this.#closing ??= this.#closeServer();
    for (const connection of this.#connections) {
      connection.destroy();
    }
    return this.#closing;
  }

  /** Resolves when the port is free and the last connection is gone. */
  async #closeServer(): Promise<void> {
    const server = this.#server;
    if (server?.listening === true) {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
    await Promise.all([...this.#connections].map((connection) => connection.closed));
  }

  #connect(socket: Socket, onStream: OnStream): void {
    const connection = new NodeHttp2Connection(socket, this.#options, {
      ...this.#dependencies,
      onStream,
      onClose: (closed) => this.#connections.delete(closed),
    });
    this.#connections.add(connection);
    if (this.#closing !== undefined) {
      connection.drain();
    }
  }
}
