import { ROUTING_KEY_HEADER } from '@tensorfleet/codecs';
import { Code, cancelled, deadlineExceeded, HTTP_STATUS, StatusError, unavailable } from '@tensorfleet/core';
import type { TargetCallOptions } from './fleet-target.ts';
import { errorFromJson } from './rest-answers.ts';
import { sayUnreachable, UNREACHED } from './unreachable.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly body?: Uint8Array;
  readonly contentType?: string;
}

export interface HttpAnswer {
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Of the codes that share an HTTP status, the one that servers use for requests. */
const CODE_OF_STATUS: ReadonlyMap<number, Code> = new Map([
  ...Object.values(Code).map((code) => [HTTP_STATUS[code], code] as const),
  [400, Code.InvalidArgument],
  [409, Code.AlreadyExists],
  [413, Code.ResourceExhausted],
  [415, Code.InvalidArgument],
  [422, Code.InvalidArgument],
  [500, Code.Internal],
  [502, Code.Unavailable],
]);

/** The answer to a request, 2xx only. Rejects with the StatusError that any other answer means. */
export async function fetchAnswer(url: string, request: HttpRequest, options: TargetCallOptions): Promise<HttpAnswer> {
  const { timeoutMs, signal, routingKey } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: request.method,
      signal: AbortSignal.any([signal, timeout]),
      ...(request.body !== undefined && { body: request.body as Uint8Array<ArrayBuffer> }), // never shared memory
      headers: {
        ...(request.contentType !== undefined && { 'content-type': request.contentType }),
        ...(routingKey !== undefined && { [ROUTING_KEY_HEADER]: routingKey }),
      },
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = new TextDecoder().decode(bytes);
    if (!response.ok) {
      throw errorOf(response.status, text);
    }
    return { headers: response.headers, bytes, text };
  } catch (reason) {
    throw explain(url, reason, timeoutMs, timeout, signal);
  }
}

function errorOf(status: number, text: string): StatusError {
  const code = CODE_OF_STATUS.get(status) ?? (status >= 500 ? Code.Internal : Code.Unknown);
  return new StatusError(code, errorFromJson(text) ?? `the server answered with HTTP ${status} and no explanation`);
}

function explain(
  url: string,
  reason: unknown,
  timeoutMs: number,
  timeout: AbortSignal,
  signal: AbortSignal,
): StatusError {
  const { origin } = new URL(url);
  if (signal.aborted) {
    return StatusError.is(signal.reason) ? signal.reason : cancelled('the request was cancelled', {}, reason);
  }
  if (timeout.aborted) {
    return deadlineExceeded(`${origin} did not answer within ${timeoutMs} ms`, {}, reason);
  }
  if (StatusError.is(reason)) {
    return reason;
  }
  const error = sayUnreachable(origin, reason);
  const cause = reason instanceof Error && reason.cause instanceof Error ? reason.cause.message : error.message;
  return error.details[UNREACHED] === undefined
    ? unavailable(`${origin} cannot be asked: ${cause}`, {}, reason)
    : error;
}
