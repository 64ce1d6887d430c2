import { Code, cancelled, StatusError } from '@tensorfleet/core';
import {
  BROKEN_ANSWER,
  CANCELLED,
  CONFLICT,
  CUT_OFF,
  DENIED,
  EXPIRED,
  type Fault,
  FULL,
  fault,
  MISSING,
  NO_BUCKET,
  NO_CREDENTIALS,
  SLOW_DOWN,
  systemFault,
  TIMEOUT,
  TOO_SHORT,
  UNAVAILABLE,
  UNCHANGED,
  WRONG_CHECKSUM,
  WRONG_CREDENTIALS,
  WRONG_REGION,
} from './store-faults.ts';

/** Where and when a request failed. */
export interface FailedRequest {
  /** Of the object or, for a listing, the prefix. */
  readonly url: string;
  readonly signal?: AbortSignal | undefined;
  /** This machine's time, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** By the code in S3's answer, or the name of the SDK's error. */
const BY_NAME: ReadonlyMap<string, Fault> = new Map([
  ...['SlowDown', 'SlowDownRead', 'SlowDownWrite', 'Throttling', 'ThrottlingException', 'RequestLimitExceeded'].map(
    (name) => [name, SLOW_DOWN] as const,
  ),
  ['TooManyRequests', SLOW_DOWN],
  ['TooManyRequestsException', SLOW_DOWN],
  ['ServiceUnavailable', UNAVAILABLE],
  ['InternalError', UNAVAILABLE],
  ['RequestTimeout', TIMEOUT],
  ['TimeoutError', TIMEOUT],
  ['ExpiredToken', EXPIRED],
  ['ExpiredTokenException', EXPIRED],
  ['TokenRefreshRequired', EXPIRED],
  ['InvalidAccessKeyId', WRONG_CREDENTIALS],
  ['SignatureDoesNotMatch', WRONG_CREDENTIALS],
  ['InvalidToken', WRONG_CREDENTIALS],
  ['CredentialsProviderError', NO_CREDENTIALS],
  ['TokenProviderError', NO_CREDENTIALS],
  ['RequestTimeTooSkewed', fault('clock_skew', Code.Unauthenticated, "was refused: this machine's clock is wrong")],
  ['AccessDenied', DENIED],
  ['AllAccessDisabled', DENIED],
  ['NoSuchBucket', NO_BUCKET],
  ['NoSuchKey', MISSING],
  ['NotFound', MISSING],
  ['NoSuchUpload', fault('no_upload', Code.Aborted, 'was uploaded in parts that somebody else has ended')],
  ['InvalidPart', fault('wrong_part', Code.Aborted, 'was uploaded in parts that somebody else has replaced')],
  ['PreconditionFailed', CONFLICT],
  ['ConditionalRequestConflict', CONFLICT],
  ['OperationAborted', CONFLICT],
  ['BadDigest', WRONG_CHECKSUM],
  ['InvalidDigest', WRONG_CHECKSUM],
  ['XAmzContentSHA256Mismatch', WRONG_CHECKSUM],
  ['XAmzContentChecksumMismatch', WRONG_CHECKSUM],
  ['IncompleteBody', CUT_OFF],
  ['InvalidRange', TOO_SHORT],
  ['PermanentRedirect', WRONG_REGION],
  ['AuthorizationHeaderMalformed', WRONG_REGION],
  ['InvalidObjectState', fault('archived', Code.FailedPrecondition, 'is archived and must be restored first')],
  ['QuotaExceeded', FULL],
  ['XMinioStorageFull', FULL],
  ['EntityTooLarge', fault('too_large', Code.ResourceExhausted, 'is larger than the store takes')],
  ['NotImplemented', fault('not_implemented', Code.Unimplemented, 'needs what this store does not have')],
]);

/** By the status of an answer whose code says nothing: answers to HEAD have no body, and proxies speak HTML. */
const BY_STATUS: ReadonlyMap<number, Fault> = new Map([
  [304, UNCHANGED],
  [401, WRONG_CREDENTIALS],
  [403, DENIED],
  [404, MISSING],
  [408, TIMEOUT],
  [409, CONFLICT],
  [412, CONFLICT],
  [416, TOO_SHORT],
  [429, SLOW_DOWN],
  [501, fault('not_implemented', Code.Unimplemented, 'needs what this store does not have')],
  [507, FULL],
]);

/** What went wrong, for any error of the SDK, of a connection, or of ours. Total. */
export function faultOf(reason: unknown): Fault {
  if (StatusError.is(reason)) {
    return fault(reason.details['fault'] ?? 'refused', reason.code, reason.message);
  }
  const { name, system, status, message } = factsOf(reason);
  // Of a connection first: the SDK calls its errors, resets too, timeouts.
  const known = systemFault(system) ?? BY_NAME.get(name) ?? BY_STATUS.get(status ?? 0);
  if (known !== undefined) {
    return known;
  }
  if (name === 'AbortError') {
    return CANCELLED;
  }
  // The SDK's own words, which carry no code.
  if (message.startsWith('Checksum mismatch')) {
    return WRONG_CHECKSUM;
  }
  if (/^(aborted|socket hang up|Connection lost)/.test(message)) {
    return CUT_OFF;
  }
  if (message.includes('Region is missing')) {
    return fault('no_region', Code.FailedPrecondition, 'needs a region, and AWS_REGION is not set');
  }
  if (status === undefined || status >= 500) {
    return status === undefined ? fault('broken_answer', Code.Unavailable, `cannot be had: ${message}`) : UNAVAILABLE;
  }
  return status < 400
    ? BROKEN_ANSWER
    : fault('refused', Code.FailedPrecondition, `was refused with status ${status}: ${name}: ${message}`);
}

/** The error of a request as callers get it: it names the object and carries its fault under `details.fault`. */
export function s3Error(reason: unknown, { url, signal, nowMs }: FailedRequest): StatusError {
  if (StatusError.is(reason)) {
    return reason;
  }
  if (signal?.aborted) {
    return StatusError.is(signal.reason) ? signal.reason : cancelled(`"${url}" was cancelled`, { url }, reason);
  }
  const { name, code, says } = faultOf(reason);
  const detail = name === 'clock_skew' ? skewOf(reason, nowMs) : '';
  return new StatusError(code, `"${url}" ${says}${detail}`, { details: { url, fault: name }, cause: reason });
}

interface ErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly system: string;
  readonly status: number | undefined;
}

/** Errors of the SDK carry `$metadata` and `$response`; what they say is read with suspicion, as it is not typed. */
function factsOf(reason: unknown): ErrorFacts {
  if (!(reason instanceof Error)) {
    return { name: '', message: String(reason), system: '', status: undefined };
  }
  const metadata = fieldOf(reason, '$metadata');
  const status = fieldOf(metadata, 'httpStatusCode');
  const system = fieldOf(reason, 'code') ?? fieldOf(fieldOf(reason, 'cause'), 'code');
  return {
    name: reason.name,
    message: reason.message,
    system: typeof system === 'string' ? system : '',
    status: typeof status === 'number' ? status : undefined,
  };
}

function skewOf(reason: unknown, nowMs: number): string {
  const headers = fieldOf(fieldOf(reason, '$response'), 'headers');
  const told = fieldOf(reason, 'ServerTime') ?? fieldOf(headers, 'date');
  const serverMs = told instanceof Date ? told.getTime() : Date.parse(String(told));
  if (Number.isNaN(serverMs)) {
    return '';
  }
  const seconds = Math.round((nowMs - serverMs) / 1000);
  return `: it is ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} the store's`;
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null && field in value
    ? // The check above makes it an object with that key.
      (value as Record<string, unknown>)[field]
    : undefined;
}
