import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import type { LookupFunction } from 'node:net';

/**
 * Sends a GET and resolves with the answer, whose body is still to be read. Rejects with what the socket says, or an
 * AbortError; while the request waits for a connection, `signal` is not heard.
 */
export type HttpGet = (url: URL, signal: AbortSignal) => Promise<IncomingMessage>;

export interface HttpGetter {
  readonly get: HttpGet;
  /** Ends every connection. */
  destroy(): void;
}

const CONNECTIONS_PER_HOST = 8;
/** How long a connection waits for the next picture. */
const KEPT_MS = 4_000;

/** GETs over connections that are kept for a while, and that reach what `lookup` says names are. */
export function createHttpGetter(lookup: LookupFunction, headers: Readonly<Record<string, string>>): HttpGetter {
  const options = { keepAlive: true, maxSockets: CONNECTIONS_PER_HOST, timeout: KEPT_MS, lookup };
  const http = new HttpAgent(options);
  const https = new HttpsAgent(options);
  const getOnce: HttpGet = (url, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request =
      url.protocol === 'https:'
        ? httpsGet(url, { agent: https, headers, signal }, resolve)
        : httpGet(url, { agent: http, headers, signal }, resolve);
    request.on('error', (error) => reject(request.reusedSocket ? new KeptConnectionError(error) : error));
    return promise;
  };
  return {
    get: (url, signal) => again(() => getOnce(url, signal), signal),
    destroy() {
      http.destroy();
      https.destroy();
    },
  };
}

/** The failure of a request on a connection that earlier ones had used: the host may have closed it before. */
class KeptConnectionError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

/** A GET does no harm twice. Every kept connection may be gone, after a freeze; each of them fails once. */
async function again(get: () => Promise<IncomingMessage>, signal: AbortSignal): Promise<IncomingMessage> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await get();
    } catch (reason) {
      const isWorthIt = reason instanceof KeptConnectionError && attempt < CONNECTIONS_PER_HOST && !signal.aborted;
      if (!isWorthIt) {
        throw reason;
      }
    }
  }
}
