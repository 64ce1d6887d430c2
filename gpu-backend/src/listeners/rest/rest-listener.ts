import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  MODEL_VERSION_HEADER,
  originForm,
  parseRestTimeout,
  parseRoutingKey,
  parseTraceContext,
  ROUTING_KEY_HEADER,
  TIMEOUT_HEADER,
  TRACEPARENT_HEADER,
} from '@tensorfleet/codecs';
import {
  type CallContext,
  type CallTrace,
  type Clock,
  type Code,
  cancelled,
  createCallTrace,
  deadlineAfter,
  type Logger,
  type OpenCall,
  openCall,
  StatusError,
} from '@tensorfleet/core';
import { peerOf } from '../../http2/peer.ts';
import type { TlsSource } from '../../http2/tls-credentials.ts';
import { codeOfStatus, type RestReport } from '../call-report.ts';
import { fitRequestId, REQUEST_ID_HEADER } from '../request-id.ts';
import { type MemoryShare, RequestMemory } from '../request-memory.ts';
import { createHttpServer, type HttpServer, listen } from './http-server.ts';
import { errorAnswer, type RestResponse } from './rest-answer.ts';
import { readBody } from './rest-body.ts';
import { acceptsGzip, compress, isCompressible } from './rest-compression.ts';
import { corsHeaders } from './rest-cors.ts';

export interface RestRequest {
  readonly method: string;
  /** The request target: undecoded, with its query, without scheme and host. */
  readonly target: string;
  /** The Origin header, which browsers send. */
  readonly origin: string | undefined;
  /** The whole body, unzipped. Rejects with RESOURCE_EXHAUSTED beyond the limit. */
  readonly body: () => Promise<Uint8Array>;
  /** What holds the body; handlers take from it what they make of the body. Given back when the handler is done. */
  readonly memory: MemoryShare;
}

/** Why a request is not taken, by what came before its body. */
export type RestAdmission = (
  head: Pick<RestRequest, 'method' | 'target'>,
  context: Pick<CallContext, 'requestId' | 'deadline' | 'trace' | 'routingKey'>,
) => StatusError | undefined;

export type RestHandler = (request: RestRequest, context: CallContext) => Promise<RestResponse>;

export interface RestListenerOptions {
  readonly handler: RestHandler;
  /** Asked first. Default: takes all. */
  readonly admission?: RestAdmission;
  readonly clock: Clock;
  readonly log: Logger;
  /** Largest body, before and after unzipping; bytes. */
  readonly maxBodyBytes: number;
  /** What requests may hold together, perhaps with those of other listeners. Default: no limit. */
  readonly memory?: RequestMemory;
  /** Time for a request with a body, from its arrival on; the client's own limit counts when it is shorter. Default: none. */
  readonly timeoutMs?: number;
  /** Origins whose pages may call the API, or `*`. Default: none. */
  readonly corsOrigins?: readonly string[];
  /** Where it is set, connections begin with TLS. */
  readonly tls?: TlsSource;
  /** Told of every request once, when it is answered or the client has left. Must not throw. */
  readonly onRequest?: (report: RestReport) => void;
}

type ResolvedOptions = Required<Omit<RestListenerOptions, 'tls'>>;

export interface RestListener {
  /** Resolves with the port once connections are accepted. Rejects with FAILED_PRECONDITION when the port is taken. */
  listen(port: number, host: string): Promise<number>;
  /** Refuses new connections and resolves when the open requests are answered. */
  close(): Promise<void>;
  /** Cuts what is open. */
  destroy(): void;
}

/** A client that takes nothing of its answer for once or twice this time is cut: the answer is held for it; milliseconds. */
const STALL_TIMEOUT_MS = 30_000;

/** HTTP/1.1 to handlers and back: bodies, deadlines, disconnects and errors; knows no route. */
export function createRestListener(options: RestListenerOptions): RestListener {
  const resolved: ResolvedOptions = {
    memory: new RequestMemory(Number.POSITIVE_INFINITY),
    timeoutMs: Number.POSITIVE_INFINITY,
    corsOrigins: [],
    admission: () => undefined,
    onRequest: () => {},
    ...options,
  };
  const server = createHttpServer(options.tls, (request, response) => {
    answer(resolved, server, request, response).catch((error: unknown) => {
      options.log.error({ error }, 'an answer could not be sent');
      response.destroy();
    });
  });
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

/** What a report has to tell of a request, as it becomes known. */
interface Counts {
  trace: CallTrace | undefined;
  code?: Code;
  requestBytes: number;
}

async function answer(
  options: ResolvedOptions,
  server: HttpServer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const requestId = fitRequestId(headerOf(incoming, REQUEST_ID_HEADER)) ?? randomUUID();
  const target = originForm(incoming.url ?? '');
  const { clock, onRequest } = options;
  const traceId = parseTraceContext(headerOf(incoming, TRACEPARENT_HEADER))?.traceId;
  const facts = { method: incoming.method ?? '', target, peer: peerOf(incoming.socket), requestId, traceId };
  const startedAt = clock.now();
  const counts: Counts = { trace: undefined, requestBytes: 0 };
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined); // nobody listens when the answer is sent first
  let response: RestResponse;
  try {
    const deadline = deadlineAfter(clock, parseRestTimeout(headerOf(incoming, TIMEOUT_HEADER)));
    const routingKey = parseRoutingKey(headerOf(incoming, ROUTING_KEY_HEADER));
    counts.trace = createCallTrace();
    const refusal = options.admission(facts, { requestId, deadline, trace: counts.trace, routingKey });
    if (refusal !== undefined) {
      throw refusal;
    }
    using call = openCall(clock, requestId, deadline, routingKey);
    counts.trace = call.context.trace;
    // Not for every answer that is sent: the error and its abort cost as much as a small request.
    outgoing.once(
      'close',
      () => outgoing.writableFinished || call.abort(cancelled('the client closed the connection')),
    );
    call.context.signal.addEventListener('abort', () => gone.reject(call.context.signal.reason));
    call.context.signal.throwIfAborted();
    response = await Promise.race([handle(options, incoming, target, call, counts), gone.promise]);
  } catch (reason) {
    const error = StatusError.from(reason);
    counts.code = error.code;
    response = errorAnswer(error, requestId, options.log);
  }
  const headers = {
    ...response.headers,
    [REQUEST_ID_HEADER]: requestId,
    ...versionHeader(counts.trace),
    ...corsHeaders(options.corsOrigins, target, incoming.headers.origin),
  };
  const responseBytes = await send(server, incoming, outgoing, { ...response, headers });
  const { status } = response;
  onRequest({
    ...{ ...facts, code: codeOfStatus(status), ...counts, status },
    ...{ responseBytes, durationMs: clock.now() - startedAt },
  });
}

/** Names the version that the request was for, also where it failed. */
function versionHeader(trace: CallTrace | undefined): Readonly<Record<string, string>> {
  return trace?.version === undefined ? {} : { [MODEL_VERSION_HEADER]: String(trace.version) };
}

/** A header of one value; Node joins repeated ones to one. */
function headerOf(incoming: IncomingMessage, name: string): string | undefined {
  return incoming.headers[name] as string | undefined; // only Set-Cookie is a list
}

/** Goes on after the answer when the handler does, and holds its memory until then. */
async function handle(
  options: ResolvedOptions,
  incoming: IncomingMessage,
  target: string,
  call: OpenCall,
  counts: Counts,
): Promise<RestResponse> {
  using memory = options.memory.open();
  const request: RestRequest = {
    method: incoming.method ?? '',
    target,
    origin: incoming.headers.origin,
    body: async () => {
      const body = await readBody(incoming, options.maxBodyBytes, memory);
      counts.requestBytes = body.length;
      call.endBy(deadlineAfter(options.clock, options.timeoutMs));
      return body;
    },
    memory,
  };
  return await options.handler(request, call.context);
}

/** Bodies up to this size are read and dropped after an early answer: a new connection would cost more. */
const MAX_DROPPED_BYTES = 65_536;

function isSoonComplete(incoming: IncomingMessage): boolean {
  return incoming.complete || Number(incoming.headers['content-length'] ?? Number.NaN) <= MAX_DROPPED_BYTES;
}

/** The bytes of the body that were sent. */
async function send(
  server: HttpServer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  response: RestResponse & { readonly headers: Readonly<Record<string, string>> },
): Promise<number> {
  let body = typeof response.body === 'string' ? Buffer.from(response.body) : response.body;
  let headers = response.headers;
  if (isCompressible(body)) {
    headers = { ...headers, vary: [headers['vary'] ?? [], 'Accept-Encoding'].flat().join(', ') };
    if (acceptsGzip(headerOf(incoming, 'accept-encoding'))) {
      body = await compress(body);
      headers = { ...headers, 'content-encoding': 'gzip' };
    }
  }
  if (outgoing.destroyed) {
    return 0;
  }
  outgoing.writeHead(response.status, {
    'content-type': response.contentType,
    'content-length': body.length,
    // A draining server, or a long body that was not read to its end, must not keep the connection.
    ...((!server.listening || !isSoonComplete(incoming)) && { connection: 'close' }),
    ...headers,
  });
  outgoing.setTimeout(STALL_TIMEOUT_MS, () => outgoing.destroy());
  const sent = incoming.method === 'HEAD' ? new Uint8Array(0) : body;
  outgoing.end(sent);
  return sent.length;
}
