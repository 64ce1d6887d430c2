import { Code, type ErrorDetails, StatusError } from '@tensorfleet/core';
import type { Repository } from '../commands/repository-model.ts';
import { NEXT_STEP } from '../terminal/fail.ts';

/** What people do about an error of a repository, where the error alone does not say it; by its code. */
const STEPS: ReadonlyMap<Code, (place: Repository, details: ErrorDetails) => string | undefined> = new Map([
  [Code.NotFound, ({ root }, { model }) => model && `"tensorfleet versions ${root}" lists what is there`],
  [
    Code.Unauthenticated,
    ({ root }) =>
      root.startsWith('gs:')
        ? 'set GOOGLE_APPLICATION_CREDENTIALS, or "gcloud auth application-default login"'
        : 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  ],
]);

/** The error with what to do about it. */
export function withRepositoryStep(reason: unknown, place: Repository): unknown {
  const { code, message, details } = StatusError.from(reason);
  const step = STEPS.get(code)?.(place, details);
  return !StatusError.is(reason) || step === undefined || details[NEXT_STEP] !== undefined
    ? reason
    : new StatusError(code, message, { details: { ...details, [NEXT_STEP]: step }, cause: reason });
}
