import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestUpstream,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** The server is not asked: S3's error of this code, as XML. */
interface ErrorAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly code: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What goes wrong between a client and a server. */
export type NetworkFault =
  | ErrorAnswer
  | BodyFault
  /** The connection is closed before an answer; the server was not asked. */
  | { readonly kind: 'refused' }
  /** What the same request was answered in the past, by default before the fault was injected, if it was. */
  | { readonly kind: 'stale'; readonly past?: PastAnswers };

/** The server acts. */
type BodyFault =
  /** Its answer never arrives. */
  | { readonly kind: 'lost_answer' }
  /** The connection is closed after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The body comes in pieces of so many bytes with a pause after each. */
  | { readonly kind: 'slow'; readonly pieceBytes: number; readonly pauseMs: number }
  /** The headers come, and nothing after them. */
  | { readonly kind: 'stalled' }
  /** One bit in the middle of the body is another one. */
  | { readonly kind: 'wrong_bytes' }
  /** The body has so many bytes more, or fewer when negative, and its Content-Length says so. */
  | { readonly kind: 'wrong_length'; readonly by: number };

export const SLOW_DOWN: ErrorAnswer = { kind: 'answer', status: 503, code: 'SlowDown' };
export const EXPIRED_TOKEN: ErrorAnswer = { kind: 'answer', status: 400, code: 'ExpiredToken' };

/** A server whose clock shows `serverTime` refuses what is signed with another time. */
export function clockSkewed(serverTime: Date): ErrorAnswer {
  return { kind: 'answer', status: 403, code: 'RequestTimeTooSkewed', headers: { date: serverTime.toUTCString() } };
}

/** Which requests a fault is for; all of them by default. */
export interface FaultTarget {
  /** So many requests are hit, default 1. */
  readonly times?: number;
  readonly method?: string;
  /** Matched with path and query as they are sent. */
  readonly url?: RegExp;
}

export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly fault?: NetworkFault['kind'];
}

/** An HTTP proxy on a loopback port, for clients that take it for the server. */
export interface FaultyProxy extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** All requests so far, in the order they came. */
  readonly requests: readonly ProxiedRequest[];
  /** Of several faults for a request the one that was injected first is taken. */
  inject(fault: NetworkFault, target?: FaultTarget): void;
  /** What requests have been answered so far, each the last time. */
  past(): PastAnswers;
  /** Forgets the faults that have not struck yet. */
  heal(): void;
}

interface Injected {
  readonly fault: NetworkFault;
  readonly target: FaultTarget;
  /** What the answers were when the fault was injected. */
  readonly past: PastAnswers;
  left: number;
}

/** By method and URL. */
export type PastAnswers = ReadonlyMap<string, Answer>;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Answers are kept for `stale` up to this size. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** Stands before the server at `upstream`, `host:port`, and is honest until a fault is injected. */
export async function startFaultyProxy(upstream: string): Promise<FaultyProxy> {
  const requests: ProxiedRequest[] = [];
  const answers = new Map<string, Answer>();
  const sockets = new Set<Socket>();
  let injected: Injected[] = [];

  const takeFault = ({ method = '', url = '' }: IncomingMessage): Injected | undefined => {
    const hit = injected.find(
      ({ target, left }) => left > 0 && (target.method ?? method) === method && (target.url?.test(url) ?? true),
    );
    if (hit !== undefined) {
      hit.left--;
    }
    return hit;
  };
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    const hit = takeFault(incoming);
    requests.push({ method, url, headers, ...(hit !== undefined && { fault: hit.fault.kind }) });
    serve(incoming, outgoing, { upstream, hit, answers }).catch(() => outgoing.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    inject: (fault, target = {}) => {
      injected.push({ fault, target, past: pastOf(fault) ?? new Map(answers), left: target.times ?? 1 });
    },
    past: () => new Map(answers),
    heal: () => {
      injected = [];
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
      await closed;
    },
  };
}

function pastOf(fault: NetworkFault): PastAnswers | undefined {
  return fault.kind === 'stale' ? fault.past : undefined;
}

interface Scene {
  readonly upstream: string;
  readonly hit: Injected | undefined;
  readonly answers: Map<string, Answer>;
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { upstream, hit, answers }: Scene,
): Promise<void> {
  const name = `${incoming.method} ${incoming.url}`;
  const fault = hit?.fault;
  if (fault?.kind === 'answer' || fault?.kind === 'refused') {
    await drain(incoming);
    return fault.kind === 'refused' ? void outgoing.destroy() : refuse(incoming, outgoing, fault);
  }
  const past = fault?.kind === 'stale' ? hit?.past.get(name) : undefined;
  if (past !== undefined) {
    await drain(incoming);
    outgoing.writeHead(past.status, past.headers).end(past.body);
    return;
  }
  const answer = await forward(incoming, upstream);
  if (fault !== undefined && fault.kind !== 'stale') {
    await spoil(answer, outgoing, fault);
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  const kept: Buffer[] = [];
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes <= MAX_KEPT_BYTES) {
      kept.push(chunk);
    }
  });
  await pipeline(answer, outgoing);
  if (incoming.method === 'GET' && answer.statusCode === 200 && bytes <= MAX_KEPT_BYTES) {
    answers.set(name, { status: 200, headers: answer.headers, body: Buffer.concat(kept) });
  }
}

/** Passes a request on with the headers as they came: the client has signed the name it knows the server by. */
async function forward(incoming: IncomingMessage, upstream: string): Promise<IncomingMessage> {
  const [host, port] = upstream.split(':');
  const { method, url, headers } = incoming;
  const asked = requestUpstream({ host, port, method, path: url, headers, agent: false });
  const answered = once(asked, 'response');
  incoming.pipe(asked);
  incoming.once('error', () => asked.destroy());
  const [answer] = await answered;
  return answer;
}

function refuse({ method }: IncomingMessage, outgoing: ServerResponse, { status, code, headers }: ErrorAnswer): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>injected</Message></Error>`;
  outgoing.writeHead(status, { 'content-type': 'application/xml', ...headers });
  outgoing.end(method === 'HEAD' ? undefined : body);
}

async function spoil(answer: IncomingMessage, outgoing: ServerResponse, fault: BodyFault): Promise<void> {
  const body = await drain(answer);
  const head = (headers: IncomingHttpHeaders): void => {
    outgoing.writeHead(answer.statusCode ?? 502, headers);
    outgoing.flushHeaders();
  };
  switch (fault.kind) {
    case 'lost_answer':
      outgoing.destroy();
      return;
    case 'stalled':
      head(answer.headers);
      return;
    case 'cut':
      head(answer.headers);
      // Closed only when what was written is on its way, or the client would see less of it.
      outgoing.write(body.subarray(0, fault.afterBytes), () => outgoing.destroy());
      return;
    case 'slow':
      head(answer.headers);
      for (let start = 0; start < body.byteLength && !outgoing.destroyed; start += fault.pieceBytes) {
        outgoing.write(body.subarray(start, start + fault.pieceBytes));
        await delay(fault.pauseMs);
      }
      outgoing.end();
      return;
    case 'wrong_bytes':
      head(answer.headers);
      outgoing.end(flipped(body));
      return;
    case 'wrong_length': {
      const length = Math.max(0, body.byteLength + fault.by);
      head({ ...answer.headers, 'content-length': String(length) });
      outgoing.end(Buffer.concat([body, Buffer.alloc(Math.max(0, fault.by))], length));
    }
  }
}

function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const middle = copy.byteLength >> 1;
  copy.set([(copy[middle] ?? 0) ^ 1], middle);
  return copy;
}

async function drain(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
