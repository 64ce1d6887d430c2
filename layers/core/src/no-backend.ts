import type { ErrorDetails, StatusError } from './status-error.ts';

const REASON = 'NO_BACKEND';

/** Details of an error of a call that met no server: none runs, or none can be reached. Who starts servers counts these. */
export const NO_BACKEND: ErrorDetails = { reason: REASON };

/** Whether the call met no server, rather than one that refused it. */
export function isNoBackend(error: StatusError): boolean {
  return error.details['reason'] === REASON;
}
