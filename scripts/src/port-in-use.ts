import { failedPrecondition, StatusError } from '@tensorfleet/core';
import { NEXT_STEP } from './terminal/fail.ts';

/** The error as it is or, when a port was taken, one sentence that also says `nextStep`. */
export function sayPortInUse(reason: unknown, nextStep: string): StatusError {
  let current = reason;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    if ('code' in current && current.code === 'EADDRINUSE') {
      const port = 'port' in current ? ` ${String(current.port)}` : '';
      return failedPrecondition(`port${port} is in use by another process`, { [NEXT_STEP]: nextStep }, reason);
    }
    current = current.cause;
  }
  return StatusError.from(reason);
}
