import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { originForm } from '@tensorfleet/codecs';
import { type Logger, listenError } from '@tensorfleet/core';
import type { Gateway } from './app.ts';
import { requestUrl } from './request-url.ts';

export interface StartGatewayOptions {
  readonly app: Gateway;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  readonly log: Logger;
}

export interface RunningGateway {
  readonly port: number;
  /** Refuses new connections and resolves when the open requests are answered. Idempotent. */
  close(): Promise<void>;
  /** Cuts what is open. */
  destroy(): void;
}

/** Time for a client to send its headers, and its whole request; milliseconds. Slow senders are cut. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** Runs the app on a port. Rejects with FAILED_PRECONDITION, which names the address, when it cannot listen. */
export async function startGateway({ app, port, host, log }: StartGatewayOptions): Promise<RunningGateway> {
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS },
    (incoming, outgoing) => {
      answer(app, server, incoming, outgoing).catch((error: unknown) => {
        log.error({ error }, 'the answer could not be written');
        outgoing.destroy();
      });
    },
  );
  await listen(server, port, host);
  let closed: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port, // a TCP server, listening
    close() {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
      return closed;
    },
    destroy: () => server.closeAllConnections(),
  };
}

/** Resolves when the server listens; rejects with FAILED_PRECONDITION, which names the address. */
export async function listen(server: Server, port: number, host: string): Promise<void> {
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(port, host, () => listening.resolve());
  await listening.promise.catch((reason: unknown) => {
    throw listenError(host, port, reason);
  });
  server.removeListener('error', listening.reject);
}

async function answer(
  app: Gateway,
  server: Server,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => {
    // An abort makes an error with its stack; after an answer nobody would look at it.
    if (!outgoing.writableFinished) {
      gone.abort();
    }
  });
  const rawTarget = originForm(incoming.url ?? '/');
  const request = requestFrom(incoming, rawTarget, gone.signal);
  const response =
    request === undefined ? new Response(null, { status: 501 }) : await app.fetch(request, { rawTarget });
  const body = Buffer.from(await response.arrayBuffer());
  if (outgoing.destroyed) {
    return;
  }
  // A draining server, or a body that was not read to its end, must not keep the connection.
  const closing = !server.listening || !incoming.complete;
  outgoing.writeHead(response.status, {
    ...Object.fromEntries(response.headers),
    'content-length': body.length,
    ...(closing && { connection: 'close' }),
  });
  outgoing.end(incoming.method === 'HEAD' ? undefined : body);
}

/** Undefined for the methods that no Request may have (CONNECT, TRACE). */
function requestFrom(incoming: IncomingMessage, rawTarget: string, signal: AbortSignal): Request | undefined {
  const method = incoming.method ?? 'GET';
  if (method === 'CONNECT' || method === 'TRACE') {
    return undefined;
  }
  const headers = new Headers();
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i] ?? '', incoming.rawHeaders[i + 1] ?? '');
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? (Readable.toWeb(incoming) as ReadableStream<Uint8Array>) : null; // requests carry bytes
  return new Request(requestUrl(rawTarget), { method, headers, signal, body, duplex: 'half' });
}
