import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { listenError } from '@tensorfleet/core';
import type { TlsSource } from '../../http2/tls-credentials.ts';
import { refusalOf } from './http-refusal.ts';

export type HttpServer = Server | HttpsServer;

/** Time for a client to send its headers, and its whole request; milliseconds. Slow senders are cut. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** How often Node looks for slow senders; milliseconds. */
const CHECK_INTERVAL_MS = 5_000;
/** How long a client may take for its TLS handshake; milliseconds. */
const HANDSHAKE_MS = 10_000;

/**
 * A server of HTTP/1.1, behind TLS where that is set. Whatever is no request is answered in JSON, too; a missing Host and
 * expectations other than 100-continue are nothing that this server minds.
 */
export function createHttpServer(tls: TlsSource | undefined, onRequest: RequestListener): HttpServer {
  const options = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    noDelay: true,
    requireHostHeader: false,
  };
  const server = tls === undefined ? createServer(options) : createSecureServer(options, tls);
  const answers = new WeakMap<Duplex, ServerResponse>();
  const accept: RequestListener = (request, response) => {
    answers.set(request.socket, response);
    onRequest(request, response);
  };
  server.on('request', accept);
  server.on('checkExpectation', accept);
  server.on('connect', (_request, socket) => refuse(socket, refusalOf('CONNECT')));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const last = answers.get(socket);
    if (last?.req.complete && !last.headersSent) {
      last.once('finish', () => socket.end()); // what is no request came after one, which is answered
      return;
    }
    // Nothing may come between the pieces of an answer, and a request whose body breaks off after its answer gets no other.
    const hasAnswer = last?.headersSent && !(last.writableFinished && last.req.complete);
    refuse(socket, hasAnswer ? undefined : refusalOf(error.code ?? ''));
  });
  return server;
}

function createSecureServer(options: ServerOptions, tls: TlsSource): HttpsServer {
  const server = createHttpsServer({ ...options, handshakeTimeout: HANDSHAKE_MS, ...tls.current });
  tls.follow(server);
  return server;
}

/** Ends a connection with an answer, where there is one and somebody to read it. */
function refuse(socket: Duplex, answer: string | undefined): void {
  if (answer === undefined || !socket.writable) {
    socket.destroy();
  } else {
    socket.end(answer, () => socket.destroy());
  }
}

/** Resolves with the port once connections are accepted. Rejects with FAILED_PRECONDITION when the port is taken. */
export async function listen(server: HttpServer, port: number, host: string): Promise<number> {
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(port, host, () => listening.resolve());
  await listening.promise.catch((reason: unknown) => {
    throw listenError(host, port, reason);
  });
  server.removeListener('error', listening.reject);
  return (server.address() as AddressInfo).port; // a TCP server, listening
}
