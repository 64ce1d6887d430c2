import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import {
  type CallContext,
  type Clock,
  deadlineExceeded,
  invalidArgument,
  payloadTooLarge,
  StatusError,
  unavailable,
} from '@tensorfleet/core';
import { untilAborted } from '../until-aborted.ts';
import { createHttpGetter, type HttpGet } from './http-get.ts';
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
  const guarded = createHttpGetter(guardedLookup(resolve), HEADERS);
  const open = createHttpGetter(lookupFrom(resolve), HEADERS);
  const follow = async (text: string, signal: AbortSignal): Promise<Uint8Array> => {
    let url = checkUrl(text, allowedHosts);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const { get } = allowedHosts.has(url.host) ? open : guarded;
      const answer = await getOnce(url, get, options.maxBytes, signal);
      if (answer instanceof Uint8Array) {
        return answer;
      }
      url = checkUrl(answer.location, allowedHosts, url);
    }
    throw invalidArgument(`the picture's URL redirects more than ${MAX_REDIRECTS} times, last to "${url.host}"`);
  };
  return {
    fetchImage: (url, call) => withTimeout(url, call, options.timeoutMs, dependencies.clock, follow),
    async [Symbol.asyncDispose]() {
      guarded.destroy();
      open.destroy();
    },
  };
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

/** One request: the picture, or where it is said to be. A body that is not wanted ends with its connection. */
async function getOnce(
  url: URL,
  get: HttpGet,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array | { readonly location: string }> {
  try {
    const answer = await untilAborted(get(url, signal), signal);
    const { location } = answer.headers;
    if (REDIRECTS.has(answer.statusCode ?? 0) && location !== undefined) {
      answer.destroy();
      return { location };
    }
    return await readAnswer(answer, url, maxBytes);
  } catch (reason) {
    throw explain(reason, url);
  }
}

async function readAnswer(answer: IncomingMessage, url: URL, maxBytes: number): Promise<Uint8Array> {
  const { statusCode = 0, headers } = answer;
  if (statusCode !== 200) {
    answer.destroy();
    const sentence = `the host "${url.host}" answered ${statusCode} instead of a picture`;
    throw statusCode >= 500 ? unavailable(sentence) : invalidArgument(sentence);
  }
  const declared = Number(headers['content-length'] ?? 0);
  if (declared > maxBytes) {
    answer.destroy();
    throw payloadTooLarge(`the picture on "${url.host}" has ${declared} bytes, the limit is ${maxBytes}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) {
      throw payloadTooLarge(`the picture on "${url.host}" has more than ${maxBytes} bytes, which is the limit`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
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
