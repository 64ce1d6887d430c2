import { Code, isNoBackend, type StatusError } from '@tensorfleet/core';
import type { ResponseHeaders } from './json-response.ts';

/** A server that loads, drains or has a full queue may take the next request already. */
const BUSY_SECONDS = 1;

/** How long a client should wait that was told to try again: no longer than it takes to start a server, if none runs. */
export function retryAfter(error: StatusError, noBackendSeconds: number): ResponseHeaders {
  if (error.code !== Code.Unavailable) {
    return {};
  }
  return { 'retry-after': String(isNoBackend(error) ? noBackendSeconds : BUSY_SECONDS) };
}
