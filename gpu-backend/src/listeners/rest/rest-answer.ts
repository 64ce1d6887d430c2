import { errorToJson } from '@tensorfleet/codecs';
import { httpStatusOf, type Logger, NO_RETRY, type StatusError } from '@tensorfleet/core';
import { isServerFault } from '../grpc/grpc-status.ts';

export interface RestResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export const JSON_TYPE = 'application/json';

/** A page for people and programs alike. */
export function jsonPage(status: number, value: unknown): RestResponse {
  return { status, contentType: JSON_TYPE, body: `${JSON.stringify(value, undefined, 2)}\n` };
}

/** An error that has no code of its own. */
export function errorPage(status: number, message: string, headers: RestResponse['headers'] = {}): RestResponse {
  return { status, contentType: JSON_TYPE, body: errorToJson(message), headers };
}

/** The answer to an inference request. */
export function inferenceAnswer(body: Uint8Array): RestResponse {
  return { status: 200, contentType: JSON_TYPE, body };
}

/** INTERNAL and UNKNOWN show a fixed sentence and the request id; their cause is logged here, once. */
export function errorAnswer(error: StatusError, requestId: string, log: Pick<Logger, 'error'>): RestResponse {
  const ours = isServerFault(error);
  if (ours) {
    log.error({ requestId, error }, 'request failed');
  }
  const message = ours ? `internal error, see the server's log for request ${requestId}` : error.message;
  const retryAfter = retryAfterOf(error);
  return errorPage(httpStatusOf(error), message, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
}

const RETRIED_STATUSES: readonly number[] = [429, 503];

/**
 * Whole seconds, at least 1, for refusals that may pass: from the detail `retryAfterMs` where the one who refused knows.
 * None where the request itself must not come again.
 */
function retryAfterOf(error: StatusError): string | undefined {
  if (!RETRIED_STATUSES.includes(httpStatusOf(error)) || error.details['retry'] === NO_RETRY['retry']) {
    return undefined;
  }
  const waitMs = Number(error.details['retryAfterMs'] ?? 0);
  return String(Math.max(1, Math.ceil(waitMs / 1000) || 1));
}
