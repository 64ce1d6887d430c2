import { resourceExhausted, type StatusError } from '@tensorfleet/core';

const PAYLOAD_TOO_LARGE = 'PAYLOAD_TOO_LARGE';

/** RESOURCE_EXHAUSTED because of what the client sent: HTTP has a status of its own for it (413). */
export function payloadTooLarge(message: string, cause?: unknown): StatusError {
  return resourceExhausted(message, { reason: PAYLOAD_TOO_LARGE }, cause);
}

export function isPayloadTooLarge(error: StatusError): boolean {
  return error.details['reason'] === PAYLOAD_TOO_LARGE;
}
