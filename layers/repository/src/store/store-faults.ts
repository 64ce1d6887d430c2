import { Code, StatusError } from '@tensorfleet/core';

/** What was wrong with a request: `name` is that of metrics and logs. */
export interface Fault {
  readonly name: string;
  readonly code: Code;
  /** What follows the object's URL in a message. */
  readonly says: string;
}

export const fault = (name: string, code: Code, says: string): Fault => ({ name, code, says });

export const SLOW_DOWN = fault('slow_down', Code.Unavailable, 'is asked for too often: the store says to slow down');
export const UNAVAILABLE = fault('unavailable', Code.Unavailable, 'cannot be had: the store has failed');
export const TIMEOUT = fault('timeout', Code.Unavailable, 'cannot be had: the store did not answer in time');
export const EXPIRED = fault('expired_credentials', Code.Unauthenticated, 'was refused: the credentials have expired');
export const WRONG_CREDENTIALS = fault(
  'wrong_credentials',
  Code.Unauthenticated,
  'was refused: the credentials are wrong',
);
export const DENIED = fault(
  'denied',
  Code.PermissionDenied,
  'was refused: these credentials may not do that, or may not learn that there is no such object',
);
export const CONFLICT = fault('conflict', Code.Aborted, 'was changed by somebody else');
export const WRONG_CHECKSUM = fault(
  'wrong_checksum',
  Code.DataLoss,
  'came with bytes that do not match their checksum',
);
export const WRONG_REGION = fault(
  'wrong_region',
  Code.FailedPrecondition,
  'lies in another region than AWS_REGION says',
);
export const FULL = fault('full', Code.ResourceExhausted, 'cannot be written: the store is full or over its quota');
export const BROKEN_ANSWER = fault(
  'broken_answer',
  Code.Unavailable,
  'was answered by something that is no such store',
);
export const CUT_OFF = fault('cut_off', Code.Unavailable, 'was cut off before its end');
export const TOO_SHORT = fault('too_short', Code.DataLoss, 'is shorter than it should be');
export const WRONG_LENGTH = fault('wrong_length', Code.DataLoss, 'came with another length than it should have');
export const UNCHANGED = fault('unchanged', Code.FailedPrecondition, 'is as it was');
export const MISSING = fault('missing', Code.NotFound, 'does not exist');
export const NO_BUCKET = fault('no_bucket', Code.NotFound, 'cannot be had: there is no such bucket');
export const NO_CREDENTIALS = fault(
  'no_credentials',
  Code.Unauthenticated,
  'was not asked for: no credentials are found (AWS_NO_SIGN_REQUEST=1 asks S3 without)',
);

export const UNREACHABLE = fault('unreachable', Code.Unavailable, 'cannot be had: the store cannot be reached');

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
export const CANCELLED = fault('cancelled', Code.Cancelled, 'was cancelled');

/** What the code of a system error says. */
export function systemFault(code: string): Fault | undefined {
  const isTls = /^(EPROTO|ERR_SSL)/.test(code);
  const isTrust = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code);
  return BY_SYSTEM.get(code) ?? (isTls ? NO_TLS : isTrust ? UNTRUSTED : undefined);
}

/** Names of failures that are answers: nothing was wrong with the store. */
export const NO_FAULTS: ReadonlySet<string> = new Set([
  'missing',
  'unchanged',
  'conflict',
  'cancelled',
  'no_upload',
  'wrong_part',
]);

/** A fault that we have found ourselves. */
export function storeFault({ name, code, says }: Fault, url: string, detail = ''): StatusError {
  return new StatusError(code, `"${url}" ${says}${detail}`, { details: { url, fault: name } });
}

/** Failures that the SDK does not try to mend: for it a request is done when the headers of its answer are there. */
const WORTH_ANOTHER: ReadonlySet<string> = new Set(['cut_off', 'timeout', 'wrong_length', 'wrong_checksum']);

const BROKEN_BODIES = new WeakSet<StatusError>();

/** Marks what went wrong behind the headers of an answer. */
export function inBody(error: StatusError): StatusError {
  BROKEN_BODIES.add(error);
  return error;
}

/** Whether `reason` is that of a body which may come right when it is asked for again. */
export function isBrokenBody(reason: unknown): boolean {
  return StatusError.is(reason) && BROKEN_BODIES.has(reason) && WORTH_ANOTHER.has(faultNameOf(reason));
}

/** The name of the fault that an error of a store carries; empty for others. */
export function faultNameOf(reason: unknown): string {
  return StatusError.is(reason) ? (reason.details['fault'] ?? '') : '';
}
