import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import {
  type CallContext,
  type Clock,
  deadlineExceeded,
  invalidArgument,
  payloadTooLarge,
  StatusError,
  unavailable,
} from '@tensorfleet/core';
import { Agent, type Dispatcher, request } from 'undici';
import { untilAborted } from '../until-aborted.ts';
import { checkUrl, guardedLookup, lookupFrom, type ResolveHost } from './ssrf-guard.ts';

export interface FetchImageOptions {
  /** Largest picture. */
  readonly maxBytes: number;
  /** Time from the first connection to the last byte, redirects included. */
  readonly timeoutMs: number;
  /**
   * Hosts (`images.internal`, `10.0.0.7:8080`) that may have private addresses and any port. Default: none; whoever can
   * send requests can read every picture on them.
   */
  readonly allowedHosts?: readonly string[];
}

export interface FetchImageDependencies {
  readonly clock: Clock;
  /** Default: the system's resolver. */
  readonly resolve?: ResolveHost;
}

/** The bytes behind a URL; see createImageFetcher. */
export type FetchImage = (url: string, call: CallContext) => Promise<Uint8Array>;

export interface ImageFetcher extends AsyncDisposable {
  readonly fetchImage: FetchImage;
}

const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const CONNECTIONS_PER_HOST = 8;
const HEADERS = { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'tensorfleet-gateway' };

/**
 * Fetches pictures for strangers: see checkUrl and guardedLookup for what is refused, on every redirect (at most three)
 * again. Never holds more than `maxBytes`. Whether the bytes are a picture is for the decoder to say; Content-Type is not
 * believed.
 *
 * Rejects with INVALID_ARGUMENT for a URL against the rules and for answers below 500 other than 200, PERMISSION_DENIED
 * for an address that is not public, RESOURCE_EXHAUSTED beyond `maxBytes`, UNAVAILABLE when the host fails, and
 * DEADLINE_EXCEEDED when it takes too long.
 */
export function createImageFetcher(options: FetchImageOptions, dependencies: FetchImageDependencies): ImageFetcher {
  const resolve = dependencies.resolve ?? ((hostname) => lookup(hostname, { all: true }));
  const allowedHosts = new Set(options.allowedHosts);
  const guarded = createAgent(guardedLookup(resolve), options.timeoutMs);
  const open = createAgent(lookupFrom(resolve), options.timeoutMs);
  const get = async (text: string, signal: AbortSignal): Promise<Uint8Array> => {
    let url = checkUrl(text, allowedHosts);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const dispatcher = allowedHosts.has(url.host) ? open : guarded;
      const answer = await getOnce(url, dispatcher, options.maxBytes, signal);
      if (answer instanceof Uint8Array) {
        return answer;
      }
      url = checkUrl(answer.location, allowedHosts, url);
    }
    throw invalidArgument(`the picture's URL redirects more than ${MAX_REDIRECTS} times, last to "${url.host}"`);
  };
  return {
    fetchImage: (url, call) => withTimeout(url, call, options.timeoutMs, dependencies.clock, get),
    async [Symbol.asyncDispose]() {
      await Promise.all([guarded.destroy(), open.destroy()]);
    },
  };
}

function createAgent(lookupAddress: LookupFunction, timeoutMs: number): Agent {
  const connect = { lookup: lookupAddress, timeout: timeoutMs };
  // The time of the whole fetch is bounded by its signal; undici's own timers would only be a second opinion.
  return new Agent({ connect, connections: CONNECTIONS_PER_HOST, headersTimeout: 0, bodyTimeout: 0 });
}

async function withTimeout(
  url: string,
  call: CallContext,
  timeoutMs: number,
  clock: Clock,
  get: (url: string, signal: AbortSignal) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const timeout = new AbortController();
  const expire = (): void => timeout.abort(deadlineExceeded(`the picture did not arrive within ${timeoutMs} ms`));
  using _ = clock.schedule(timeoutMs, expire);
  const signal = AbortSignal.any([call.signal, timeout.signal]);
  try {
    return await get(url, signal);
  } catch (reason) {
    throw signal.aborted ? signal.reason : reason;
  }
}

/** One request: the picture, or where it is said to be. */
async function getOnce(
  url: URL,
  dispatcher: Agent,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array | { readonly location: string }> {
  try {
    // undici looks at the signal only once it is connected.
    const answer = await untilAborted(request(url, { dispatcher, signal, headers: HEADERS }), signal);
    const { location } = answer.headers;
    if (REDIRECTS.has(answer.statusCode) && typeof location === 'string') {
      leaveUnread(answer.body);
      return { location };
    }
    return await readAnswer(answer, url, maxBytes);
  } catch (reason) {
    throw explain(reason, url);
  }
}

async function readAnswer(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  url: URL,
  maxBytes: number,
): Promise<Uint8Array> {
  if (statusCode !== 200) {
    leaveUnread(body);
    const sentence = `the host "${url.host}" answered ${statusCode} instead of a picture`;
    throw statusCode >= 500 ? unavailable(sentence) : invalidArgument(sentence);
  }
  const declared = Number(headers['content-length'] ?? 0);
  if (declared > maxBytes) {
    leaveUnread(body);
    throw payloadTooLarge(`the picture on "${url.host}" has ${declared} bytes, the limit is ${maxBytes}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) {
      throw payloadTooLarge(`the picture on "${url.host}" has more than ${maxBytes} bytes, which is the limit`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Closes the connection rather than read a body of unknown size. */
function leaveUnread(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => undefined).destroy();
}

/** What a failed request to a host means for whoever sent its URL. */
function explain(reason: unknown, { hostname }: URL): StatusError {
  if (StatusError.is(reason)) {
    return reason;
  }
  const isUnknown = reason instanceof Error && 'code' in reason && reason.code === 'ENOTFOUND';
  return isUnknown
    ? invalidArgument(`the host "${hostname}" does not exist`, { host: hostname }, reason)
    : unavailable(`the host "${hostname}" did not answer properly`, { host: hostname }, reason);
}
