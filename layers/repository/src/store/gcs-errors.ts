import { Code, StatusError } from '@tensorfleet/core';
import {
  BROKEN_ANSWER,
  CONFLICT,
  CUT_OFF,
  DENIED,
  EXPIRED,
  type Fault,
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
} from './store-faults.ts';

const BY_STATUS: ReadonlyMap<number, Fault> = new Map([
  [304, UNCHANGED],
  [401, WRONG_CREDENTIALS],
  [403, DENIED],
  [404, MISSING],
  [408, TIMEOUT],
  [412, CONFLICT],
  [416, TOO_SHORT],
  [429, SLOW_DOWN],
]);

/** What went wrong, for any error of Google's library, of a connection, or of ours. Total. */
export function gcsFaultOf(reason: unknown): Fault {
  if (StatusError.is(reason)) {
    return fault(reason.details['fault'] ?? 'refused', reason.code, reason.message);
  }
  const { code, message, cause } = factsOf(reason);
  return (
    (typeof code === 'number' ? byStatus(code, message) : undefined) ??
    (typeof code === 'string' ? (BY_NAME.get(code) ?? systemFault(code)) : undefined) ??
    byMessage(message) ??
    (cause === undefined ? fault('broken_answer', BROKEN_ANSWER.code, `cannot be had: ${message}`) : gcsFaultOf(cause))
  );
}

/** What the library found wrong with a body. */
const BY_NAME: ReadonlyMap<string, Fault> = new Map([
  ['CONTENT_DOWNLOAD_MISMATCH', WRONG_CHECKSUM],
  ['FILE_NO_UPLOAD', WRONG_CHECKSUM],
  ['FILE_NO_UPLOAD_DELETE', WRONG_CHECKSUM],
]);

function byStatus(status: number, message: string): Fault | undefined {
  if (status === 403 && /rate ?limit/i.test(message)) {
    return SLOW_DOWN;
  }
  if (status === 404 && /bucket/i.test(message) && !/object/i.test(message)) {
    return NO_BUCKET;
  }
  return (
    BY_STATUS.get(status) ??
    (status >= 500
      ? UNAVAILABLE
      : fault('refused', Code.FailedPrecondition, `was refused with status ${status}: ${message}`))
  );
}

function byMessage(message: string): Fault | undefined {
  if (/default credentials|no credentials/i.test(message)) {
    return NO_CREDENTIALS;
  }
  if (/invalid_grant|expired/i.test(message)) {
    return EXPIRED;
  }
  return /aborted|socket hang up|premature/i.test(message) ? CUT_OFF : undefined;
}

function factsOf(reason: unknown): { readonly code: unknown; readonly message: string; readonly cause: unknown } {
  if (!(reason instanceof Error)) {
    return { code: undefined, message: String(reason), cause: undefined };
  }
  return { code: 'code' in reason ? reason.code : undefined, message: reason.message, cause: reason.cause };
}
