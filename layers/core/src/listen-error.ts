import { failedPrecondition, StatusError } from './status-error.ts';

/** Why a server cannot listen, in one sentence that names the address: FAILED_PRECONDITION. */
export function listenError(host: string, port: number, reason: unknown): StatusError {
  const address = `${host}:${port}`;
  const inUse = reason instanceof Error && 'code' in reason && reason.code === 'EADDRINUSE';
  return inUse
    ? failedPrecondition(`port ${address} is in use by another process`, { address }, reason)
    : failedPrecondition(`cannot listen on ${address}: ${StatusError.from(reason).message}`, { address }, reason);
}
