import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorToJson, originForm, parseRestTimeout, TIMEOUT_HEADER } from '@tensorfleet/codecs';
import {
  type CallContext,
  type Clock,
  cancelled,
  deadlineAfter,
  httpStatusOf,
  type Logger,
  listenError,
  openCall,
  StatusError,
} from '@tensorfleet/core';
import { isServerFault } from './grpc-status.ts';
import { type MemoryShare, RequestMemory } from './request-memory.ts';
import { readBody } from './rest-body.ts';

export interface RestRequest {
  readonly method: string;
  /** The request target: undecoded, with its query, without scheme and host. */
  readonly target: string;
  /** The whole body, unzipped. Rejects with RESOURCE_EXHAUSTED beyond the limit. */
  readonly body: () => Promise<Uint8Array>;
  /** What holds the body; handlers take from it what they make of the body. Given back when the handler is done. */
  readonly memory: MemoryShare;
}

export interface RestResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export type RestHandler = (request: RestRequest, context: CallContext) => Promise<RestResponse>;

export interface RestListenerOptions {
  readonly handler: RestHandler;
  readonly clock: Clock;
  readonly log: Logger;
  /** Largest body, before and after unzipping; bytes. */
  readonly maxBodyBytes: number;
  /** What requests may hold together, perhaps with those of other listeners. Default: no limit. */
  readonly memory?: RequestMemory;
}

export interface RestListener {
  /** Resolves with the port once connections are accepted. Rejects with FAILED_PRECONDITION when the port is taken. */
  listen(port: number, host: string): Promise<number>;
  /** Refuses new connections and resolves when the open requests are answered. */
  close(): Promise<void>;
  /** Cuts what is open. */
  destroy(): void;
}

/** Time for a client to send its headers, and its whole request; milliseconds. Slow senders are cut. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** A client that takes nothing of its answer for once or twice this time is cut: the answer is held for it; milliseconds. */
const STALL_TIMEOUT_MS = 30_000;

export const JSON_TYPE = 'application/json';

/** HTTP/1.1 to handlers and back: bodies, deadlines, disconnects and errors; knows no route. */
export function createRestListener(options: RestListenerOptions): RestListener {
  const resolved = { memory: new RequestMemory(Number.POSITIVE_INFINITY), ...options };
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      noDelay: true,
    },
    (request, response) => void answer(resolved, server, request, response), // never rejects
  );
  return {
    listen: (port, host) => listen(server, port, host),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
    destroy: () => server.closeAllConnections(),
  };
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(port, host, () => listening.resolve());
  await listening.promise.catch((reason: unknown) => {
    throw listenError(host, port, reason);
  });
  server.removeListener('error', listening.reject);
  return (server.address() as AddressInfo).port; // a TCP server, listening
}

async function answer(
  options: Required<RestListenerOptions>,
  server: Server,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined); // nobody listens when the answer is sent first
  let response: RestResponse;
  try {
    const timeout = incoming.headers[TIMEOUT_HEADER] as string | undefined; // Node joins values, but of Set-Cookie
    using call = openCall(options.clock, requestId, deadlineAfter(options.clock, parseRestTimeout(timeout)));
    outgoing.once('close', () => call.abort(cancelled('the client closed the connection')));
    call.context.signal.addEventListener('abort', () => gone.reject(call.context.signal.reason));
    call.context.signal.throwIfAborted();
    response = await Promise.race([handle(options, incoming, call.context), gone.promise]);
  } catch (reason) {
    response = errorResponse(StatusError.from(reason), requestId, options.log);
  }
  send(server, incoming, outgoing, requestId, response);
}

/** Goes on after the answer when the handler does, and holds its memory until then. */
async function handle(
  options: Required<RestListenerOptions>,
  incoming: IncomingMessage,
  context: CallContext,
): Promise<RestResponse> {
  using memory = options.memory.open();
  const request: RestRequest = {
    method: incoming.method ?? '',
    target: originForm(incoming.url ?? ''),
    body: () => readBody(incoming, options.maxBodyBytes, memory),
    memory,
  };
  return await options.handler(request, context);
}

function send(
  server: Server,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  requestId: string,
  response: RestResponse,
): void {
  if (outgoing.destroyed) {
    return;
  }
  const body = typeof response.body === 'string' ? Buffer.from(response.body) : response.body;
  outgoing.writeHead(response.status, {
    'content-type': response.contentType,
    'content-length': body.length,
    'x-request-id': requestId,
    // A draining server, or a body that was not read to its end, must not keep the connection.
    ...((!server.listening || !incoming.complete) && { connection: 'close' }),
    ...response.headers,
  });
  outgoing.setTimeout(STALL_TIMEOUT_MS, () => outgoing.destroy());
  outgoing.end(incoming.method === 'HEAD' ? undefined : body);
}

/** INTERNAL and UNKNOWN show a fixed sentence and the request id; their cause is logged here, once. */
function errorResponse(error: StatusError, requestId: string, log: Logger): RestResponse {
  const ours = isServerFault(error.code);
  if (ours) {
    log.error({ requestId, error }, 'request failed');
  }
  const message = ours ? `internal error, see the server's log for request ${requestId}` : error.message;
  return { status: httpStatusOf(error), contentType: JSON_TYPE, body: errorToJson(message) };
}
