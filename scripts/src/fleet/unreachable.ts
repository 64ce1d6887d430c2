import { Code, deadlineExceeded, StatusError, unavailable } from '@tensorfleet/core';

/** What systems and libraries say when nobody is there; everything else of UNAVAILABLE is the server's own word. */
const NOBODY_THERE =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|Name resolution failed|No connection established/;

/** The detail key by which errors tell that no server was reached. */
export const UNREACHED = 'unreached';

/** Any error of a call to `address`: one sentence when nobody answers there, else as it is. */
export function sayUnreachable(address: string, reason: unknown): StatusError {
  const error = StatusError.from(reason);
  if (error.code === Code.DeadlineExceeded && error.details[UNREACHED] === undefined) {
    return deadlineExceeded(`${address} did not answer in time: ${error.message}`, error.details, reason);
  }
  const said = [error.message, ...causesOf(reason)].join(' ');
  const found = NOBODY_THERE.exec(said)?.[0];
  if (error.code !== Code.Unavailable && found === undefined) {
    return error;
  }
  return found === undefined ? error : unavailable(`nothing answers at ${address}`, { [UNREACHED]: address }, reason);
}

/** Messages and system codes down the chain of causes, which may be circular. */
function causesOf(reason: unknown): readonly string[] {
  const texts: string[] = [];
  let current = reason;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    texts.push(current.message, 'code' in current ? String(current.code) : '');
    current = current.cause;
  }
  return texts;
}
