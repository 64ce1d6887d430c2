import { HTTP_STATUS } from './code.ts';
import { type ErrorDetails, resourceExhausted, type StatusError } from './status-error.ts';

const REASON = 'PAYLOAD_TOO_LARGE';

/** RESOURCE_EXHAUSTED because of what the client sent: HTTP has a status of its own for it (413). */
export function payloadTooLarge(message: string, details: ErrorDetails = {}, cause?: unknown): StatusError {
  return resourceExhausted(message, { ...details, reason: REASON }, cause);
}

/** The HTTP status of an error: that of its code, but 413 for a payload too large. */
export function httpStatusOf(error: StatusError): number {
  return error.details['reason'] === REASON ? 413 : HTTP_STATUS[error.code];
}
