import { StatusError } from '@tensorfleet/core';

/** The StatusError that `run` throws; fails when it throws none or something else. */
export function thrownBy(run: () => unknown): StatusError {
  try {
    run();
  } catch (error) {
    if (StatusError.is(error)) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}
