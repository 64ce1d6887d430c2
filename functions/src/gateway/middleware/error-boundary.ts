import { errorToJson } from '@tensorfleet/codecs';
import { Code, httpStatusOf, StatusError } from '@tensorfleet/core';
import type { ErrorHandler } from 'hono';
import type { GatewayEnv } from '../gateway-env.ts';
import { jsonText, RETRY_AFTER, type ResponseHeaders } from '../json-response.ts';
import { retryAfter } from '../retry-after.ts';
import { WRONG_CREDENTIAL } from './grant.ts';

export interface ErrorBoundaryOptions {
  /** What a client should wait that met no server of the fleet. */
  readonly noBackendRetrySeconds: number;
}

/** Faults of this side: the client learns the request id, the log the rest. */
const OURS: ReadonlySet<Code> = new Set([Code.Internal, Code.Unknown, Code.DataLoss]);

/** Makes `{"error": ...}` of whatever a handler throws, with the HTTP status of its code. */
export function errorBoundary({ noBackendRetrySeconds }: ErrorBoundaryOptions): ErrorHandler<GatewayEnv> {
  return function errorBoundary(reason, c) {
    const error = StatusError.from(reason);
    const requestId = c.get('requestId');
    const ours = OURS.has(error.code);
    if (ours) {
      c.get('log').error({ requestId, error }, 'request failed');
    }
    const message = ours ? `internal error, see the gateway's log for request ${requestId}` : error.message;
    return jsonText(httpStatusOf(error), errorToJson(message), headersOf(error, noBackendRetrySeconds));
  };
}

function headersOf(error: StatusError, noBackendRetrySeconds: number): ResponseHeaders {
  const { code, details } = error;
  if (code === Code.Unauthenticated) {
    // RFC 6750, 3: the reason is named to those only who showed something.
    const wrong = details['credential'] === WRONG_CREDENTIAL.credential ? ', error="invalid_token"' : '';
    return { 'www-authenticate': `Bearer realm="tensorfleet"${wrong}` };
  }
  const seconds = details[RETRY_AFTER];
  return seconds === undefined ? retryAfter(error, noBackendRetrySeconds) : { 'retry-after': seconds };
}
