import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type Clock, failedPrecondition, listenError } from '@tensorfleet/core';
import type { Http2Server, ListenAddress, OnStream } from './http2-server.ts';
import { NodeHttp2Connection } from './node-http2-connection.ts';
import { type NodeHttp2Options, type ResolvedNodeHttp2Options, resolveNodeHttp2Options } from './node-http2-options.ts';
import type { TlsSource } from './tls-credentials.ts';
import { removeStaleSocket, socketError } from './unix-socket.ts';

export interface NodeHttp2Dependencies {
  readonly clock: Clock;
  /** Uniform in [0, 1); spreads the ages of connections. */
  readonly random: () => number;
  /** Where it is set, connections begin with TLS and choose h2 by ALPN; otherwise they are cleartext with prior knowledge (h2c). */
  readonly tls?: TlsSource;
}

/** How long a peer may take for its TLS handshake; Node's own timer. */
const HANDSHAKE_MS = 10_000;
const H2 = 'h2';

/** An Http2Server on node:http2. */
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
  readonly #servers = new Set<Server>();
  readonly #connections = new Set<NodeHttp2Connection>();
  /** Those below TLS, which become connections when their handshake is done. */
  readonly #sockets = new Set<Socket>();
  #closing: Promise<void> | undefined;

  constructor(dependencies: NodeHttp2Dependencies, options: ResolvedNodeHttp2Options) {
    this.#dependencies = dependencies;
    this.#options = options;
  }

  get connections(): number {
    return this.#connections.size;
  }

  async listen(address: ListenAddress, onStream: OnStream): Promise<{ readonly port: number }> {
    if ('path' in address) {
      await removeStaleSocket(address.path);
    }
    if (this.#closing !== undefined) {
      throw failedPrecondition('this server is closed');
    }
    const server = this.#createServer(onStream);
    this.#servers.add(server);
    server.maxConnections = this.#options.maxConnections;
    server.listen(address);
    try {
      await once(server, 'listening');
    } catch (reason) {
      throw 'path' in address ? socketError(address.path, reason) : listenError(address.host, address.port, reason);
    }
    const bound = server.address();
    return { port: typeof bound === 'object' && bound !== null ? bound.port : 0 };
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeServers();
    for (const connection of this.#connections) {
      connection.end();
    }
    return this.#closing;
  }

  destroy(): Promise<void> {
    this.#closing ??= this.#closeServers();
    for (const connection of this.#connections) {
      connection.destroy();
    }
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    return this.#closing;
  }

  /** Resolves when the addresses are free and the last connection is gone. */
  async #closeServers(): Promise<void> {
    const listening = [...this.#servers].filter((server) => server.listening);
    await Promise.all(listening.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    await Promise.all([...this.#connections].map((connection) => connection.closed));
  }

  #createServer(onStream: OnStream): Server {
    const { tls } = this.#dependencies;
    if (tls === undefined) {
      return createServer({ noDelay: true }, (socket) => this.#connect(socket, onStream));
    }
    const server = createTlsServer({
      handshakeTimeout: HANDSHAKE_MS,
      ...tls.current,
      ALPNProtocols: [H2],
      noDelay: true,
    });
    tls.follow(server);
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('secureConnection', (socket) => this.#connectSecure(socket, onStream));
    return server;
  }

  #connectSecure(socket: TLSSocket, onStream: OnStream): void {
    if (socket.alpnProtocol === H2) {
      this.#connect(socket, onStream);
    } else {
      socket.destroy();
    }
  }

  #connect(socket: Socket, onStream: OnStream): void {
    const connection = new NodeHttp2Connection(socket, this.#options, {
      ...this.#dependencies,
      onStream,
      onClose: (closed) => this.#connections.delete(closed),
    });
    this.#connections.add(connection);
    if (this.#closing !== undefined) {
      connection.end();
    }
  }
}
