import { StatusError } from '@tensorfleet/core';
import { NEXT_STEP } from '../terminal/fail.ts';

/** Throws a failure of a conversion again, with what to do about it where that is known. */
export function sayWaysOut(reason: unknown): never {
  const { code, message, details } = StatusError.from(reason);
  const step =
    details['conversion'] !== undefined
      ? '--force replaces it'
      : details['ops'] !== undefined
        ? '"tensorfleet inspect" lists all nodes, and what else can serve the model'
        : undefined;
  throw step === undefined
    ? reason
    : new StatusError(code, message, { details: { ...details, [NEXT_STEP]: step }, cause: reason });
}
