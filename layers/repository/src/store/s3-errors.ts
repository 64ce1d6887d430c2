import { Code, cancelled, StatusError } from '@tensorfleet/core';

/** What was wrong with a request: `name` is that of metrics and logs. */
export interface Fault {
  readonly name: string;
  readonly code: Code;
  /** What follows the object's URL in a message. */
  readonly says: string;
}

/** Where and when a request failed. */
export interface FailedRequest {
  /** Of the object or, for a listing, the prefix. */
  readonly url: string;
  readonly signal?: AbortSignal | undefined;
  /** This machine's time, in milliseconds since 1970. */
  readonly nowMs: number;
}

const fault = (name: string, code: Code, says: string): Fault => ({ name, code, says });

const SLOW_DOWN = fault('slow_down', Code.Unavailable, 'is asked for too often: the store says to slow down');
const UNAVAILABLE = fault('unavailable', Code.Unavailable, 'cannot be had: the store has failed');
const TIMEOUT = fault('timeout', Code.Unavailable, 'cannot be had: the store did not answer in time');
const EXPIRED = fault('expired_credentials', Code.Unauthenticated, 'was refused: the credentials have expired');
const WRONG_CREDENTIALS = fault('wrong_credentials', Code.Unauthenticated, 'was refused: the credentials are wrong');
const DENIED = fault(
  'denied',
  Code.PermissionDenied,
  'was refused: these credentials may not do that, or may not learn that there is no such object',
);
export const CONFLICT = fault('conflict', Code.Aborted, 'was changed by somebody else');
const WRONG_CHECKSUM = fault('wrong_checksum', Code.DataLoss, 'came with bytes that do not match their checksum');
const WRONG_REGION = fault('wrong_region', Code.FailedPrecondition, 'lies in another region than AWS_REGION says');
const FULL = fault('full', Code.ResourceExhausted, 'cannot be written: the store is full or over its quota');
export const BROKEN_ANSWER = fault('broken_answer', Code.Unavailable, 'was answered by something that is not S3');
const CUT_OFF = fault('cut_off', Code.Unavailable, 'was cut off before its end');
export const TOO_SHORT = fault('too_short', Code.DataLoss, 'is shorter than it should be');
export const WRONG_LENGTH = fault('wrong_length', Code.DataLoss, 'came with another length than it should have');
export const MISSING = fault('missing', Code.NotFound, 'does not exist');
const NO_BUCKET = fault('no_bucket', Code.NotFound, 'cannot be had: there is no such bucket');
const NO_CREDENTIALS = fault(
  'no_credentials',
  Code.Unauthenticated,
  'was not asked for: no credentials are found in the environment, profiles, container or instance (AWS_NO_SIGN_REQUEST=1 asks without)',
);

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
  [304, fault('unchanged', Code.FailedPrecondition, 'is as it was')],
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

const UNREACHABLE = fault('unreachable', Code.Unavailable, 'cannot be had: the store cannot be reached');

/** By the code of a system error. */
const BY_SYSTEM: ReadonlyMap<string, Fault> = new Map([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].map(
    (name) => [name, UNREACHABLE] as const,
  ),
  ['ECONNRESET', CUT_OFF],
  ['EPIPE', CUT_OFF],
  ['ERR_STREAM_PREMATURE_CLOSE', CUT_OFF],
  ['ETIMEDOUT', TIMEOUT],
]);

const NO_TLS = fault(
  'no_tls',
  Code.Unavailable,
  'cannot be had: the store does not speak HTTPS (S3_USE_HTTPS=0 speaks HTTP)',
);
const UNTRUSTED = fault(
  'untrusted',
  Code.Unavailable,
  "cannot be had: the store's certificate is not trusted (S3_CA_FILE names an authority)",
);
const CANCELLED = fault('cancelled', Code.Cancelled, 'was cancelled');

/** What went wrong, for any error of the SDK, of a connection, or of ours. Total. */
export function faultOf(reason: unknown): Fault {
  if (StatusError.is(reason)) {
    return fault(reason.details['fault'] ?? 'refused', reason.code, reason.message);
  }
  const { name, system, status, message } = factsOf(reason);
  // Of a connection first: the SDK calls its errors, resets too, timeouts.
  const known = BY_SYSTEM.get(system) ?? BY_NAME.get(name) ?? BY_STATUS.get(status ?? 0);
  if (known !== undefined) {
    return known;
  }
  if (name === 'AbortError') {
    return CANCELLED;
  }
  if (/^(EPROTO|ERR_SSL)/.test(system)) {
    return NO_TLS;
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(system)) {
    return UNTRUSTED;
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

/** A fault that we have found ourselves. */
export function s3Fault({ name, code, says }: Fault, url: string, detail = ''): StatusError {
  return new StatusError(code, `"${url}" ${says}${detail}`, { details: { url, fault: name } });
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
