import { CODE_NAMES, Code, StatusError } from '@tensorfleet/core';
import { showsStacks } from '../config.ts';
import { UNREACHED } from '../fleet/unreachable.ts';
import { oneLine } from './table.ts';
import type { Terminal } from './terminal.ts';

/** What processes of the command end with. */
export const ExitCode = { Ok: 0, Failed: 1, Usage: 2, Interrupted: 130 } as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The detail by which whoever throws says what to do about it. */
export const NEXT_STEP = 'nextStep';

/** Codes whose sentence alone does not say what kind of thing happened. */
const NAMED_CODES: ReadonlySet<Code> = new Set([Code.Unknown, Code.Internal, Code.DataLoss, Code.Unimplemented]);

/** One sentence for people: what went wrong and, where that is known, what to do about it. */
export function sentenceOf(reason: unknown): string {
  const error = StatusError.from(reason);
  const step = nextStepOf(error, StatusError.is(reason));
  const name = NAMED_CODES.has(error.code) && StatusError.is(reason) ? ` (${CODE_NAMES[error.code]})` : '';
  const message = error.message === '' ? 'something failed without a message' : error.message;
  return oneLine(step === '' ? `${message}${name}` : `${message.replace(/\.$/, '')}${name}; ${step}`);
}

function nextStepOf(error: StatusError, isExpected: boolean): string {
  const named = error.details[NEXT_STEP];
  if (named !== undefined) {
    return named;
  }
  if (error.details[UNREACHED] !== undefined) {
    return 'is the server running? "npm start" starts one';
  }
  if (error.code === Code.NotFound && error.message.startsWith('Servable not found')) {
    return '"tensorfleet status" lists what is served';
  }
  return isExpected ? '' : 'run again with TENSORFLEET_DEBUG=1 to see where it happened';
}

/** Says on standard error that the command failed, with the stack where the user asked for it. */
export function fail(terminal: Terminal, reason: unknown, about = ''): void {
  const { err } = terminal;
  err.line(`${err.colours.red('tensorfleet:')} ${about === '' ? '' : `${oneLine(about)}: `}${sentenceOf(reason)}`);
  if (showsStacks()) {
    for (let current = reason; current instanceof Error; current = current.cause) {
      err.line(err.colours.dim(current.stack ?? current.message));
    }
  }
}
