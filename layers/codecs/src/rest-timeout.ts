import { invalidArgument, NO_DEADLINE } from '@tensorfleet/core';

/** The header in which a REST request says how long its client waits. */
export const TIMEOUT_HEADER = 'x-request-timeout-ms';

const MILLISECONDS = /^-?[0-9]{1,12}(\.[0-9]+)?$/;

/** Milliseconds in the value of that header; Infinity without one. Throws INVALID_ARGUMENT for what is no number. */
export function parseRestTimeout(header: string | undefined): number {
  if (header === undefined) {
    return NO_DEADLINE;
  }
  if (!MILLISECONDS.test(header)) {
    throw invalidArgument(`header ${TIMEOUT_HEADER} is "${header}", which is not a number of milliseconds`);
  }
  return Number(header);
}
