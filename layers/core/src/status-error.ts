import { CODE_NAMES, Code, codeFromNumber } from './code.ts';

const BRAND = Symbol.for('tensorfleet.StatusError');

export type ErrorDetails = Readonly<Record<string, string>>;

/** What crosses a thread boundary in place of the error object. */
export interface StatusData {
  readonly code: Code;
  readonly message: string;
  readonly details: ErrorDetails;
}

/**
 * The only error type that crosses a module border.
 *
 * `message` is one sentence for the caller: what, which value, which limit. `details` are the same facts
 * for programs. `cause` stays on this side of the wire.
 */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: Code;
  readonly details: ErrorDetails;

  constructor(code: Code, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Whether `value` is a StatusError, also one made by another copy of this package (a Lambda layer). */
  static is(value: unknown): value is StatusError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  /**
   * Any thrown value as a StatusError. Total; keeps the value as `cause`.
   * Aborts are CANCELLED, timeouts DEADLINE_EXCEEDED, refused or reset connections UNAVAILABLE, `fallback` the rest.
   */
  static from(reason: unknown, fallback: Code = Code.Internal): StatusError {
    if (StatusError.is(reason)) {
      return reason;
    }
    const message = reason instanceof Error ? reason.message : textOf(reason);
    return new StatusError(codeOf(reason) ?? fallback, message, { cause: reason });
  }

  static fromData(data: StatusData): StatusError {
    return new StatusError(codeFromNumber(data.code), data.message, { details: data.details });
  }

  toData(): StatusData {
    return { code: this.code, message: this.message, details: this.details };
  }

  override toString(): string {
    return `${CODE_NAMES[this.code]}: ${this.message}`;
  }
}

/** Objects without a prototype, and some proxies, cannot be turned into a string. */
function textOf(reason: unknown): string {
  try {
    return String(reason);
  } catch {
    return `a thrown ${typeof reason}`;
  }
}

const CODE_BY_ERROR_NAME: ReadonlyMap<string, Code> = new Map([
  ['AbortError', Code.Cancelled],
  ['TimeoutError', Code.DeadlineExceeded],
]);

const CODE_BY_SYSTEM_ERROR: ReadonlyMap<string, Code> = new Map([
  ['ABORT_ERR', Code.Cancelled],
  ['ECONNREFUSED', Code.Unavailable],
  ['ECONNRESET', Code.Unavailable],
  ['EPIPE', Code.Unavailable],
  ['ETIMEDOUT', Code.DeadlineExceeded],
]);

/** Walks the `cause` chain (bounded, it may be circular) for the first error whose kind has a code. */
function codeOf(reason: unknown): Code | undefined {
  let current = reason;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    if (StatusError.is(current)) {
      return current.code;
    }
    const system = 'code' in current && typeof current.code === 'string' ? current.code : '';
    const code = CODE_BY_ERROR_NAME.get(current.name) ?? CODE_BY_SYSTEM_ERROR.get(system);
    if (code !== undefined) {
      return code;
    }
    current = current.cause;
  }
  return undefined;
}

/**
 * Details of an UNAVAILABLE that clients should not send again by themselves: the request may be what broke the
 * server's part, and would break the next.
 */
export const NO_RETRY: ErrorDetails = { retry: 'no' };

/** Details of an INTERNAL or UNKNOWN whose message is written for the caller; others hide what is inside. */
export const PUBLIC: ErrorDetails = { audience: 'public' };

type Create = (message: string, details?: ErrorDetails, cause?: unknown) => StatusError;

function creatorOf(code: Code): Create {
  return (message, details = {}, cause) => new StatusError(code, message, { details, cause });
}

/** Wrong in any state. */
export const invalidArgument = creatorOf(Code.InvalidArgument);
/** Wrong now, could be right in another state. */
export const failedPrecondition = creatorOf(Code.FailedPrecondition);
/** No such model, version or label. */
export const notFound = creatorOf(Code.NotFound);
/** Exists already and must not be replaced. */
export const alreadyExists = creatorOf(Code.AlreadyExists);
/** Try again: loading, queue full, draining. */
export const unavailable = creatorOf(Code.Unavailable);
/** Over a size limit or a quota. */
export const resourceExhausted = creatorOf(Code.ResourceExhausted);
/** The caller's time is over. */
export const deadlineExceeded = creatorOf(Code.DeadlineExceeded);
/** The caller's wish. */
export const cancelled = creatorOf(Code.Cancelled);
/** Known, and not supported. */
export const unimplemented = creatorOf(Code.Unimplemented);
/** Not allowed, whoever asks. */
export const permissionDenied = creatorOf(Code.PermissionDenied);
/** Nobody knows who asks. */
export const unauthenticated = creatorOf(Code.Unauthenticated);
/** Bytes are missing or broken. */
export const dataLoss = creatorOf(Code.DataLoss);
/** Our bug. */
export const internal = creatorOf(Code.Internal);
