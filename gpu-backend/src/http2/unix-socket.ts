import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { failedPrecondition, invalidArgument, StatusError } from '@tensorfleet/core';

/** The kernel's sun_path less its end mark. */
const MAX_PATH_BYTES = 107;

/**
 * Makes room for a socket: removes the file that a process left there when it was killed. Rejects with
 * FAILED_PRECONDITION when somebody listens there or something else has the name, INVALID_ARGUMENT for a name that is
 * too long.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_PATH_BYTES) {
    throw invalidArgument(`the path of a socket has at most ${MAX_PATH_BYTES} bytes, ${path} has ${bytes}`, { path });
  }
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) {
    return;
  }
  if (!stats.isSocket()) {
    throw failedPrecondition(`cannot listen on ${path}: it exists and is not a socket`, { path });
  }
  if (await isServed(path)) {
    throw failedPrecondition(`socket ${path} is in use by another process`, { path });
  }
  await unlink(path).catch((reason: unknown) => {
    throw socketError(path, reason);
  });
}

/** Why a server cannot listen on a socket: FAILED_PRECONDITION. */
export function socketError(path: string, reason: unknown): StatusError {
  return failedPrecondition(`cannot listen on ${path}: ${StatusError.from(reason).message}`, { path }, reason);
}

/** Only a refused connection says that nobody listens; a full backlog, or a socket of another user, does not. */
async function isServed(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (reason) {
    return !(reason instanceof Error && 'code' in reason && reason.code === 'ECONNREFUSED');
  } finally {
    socket.destroy();
  }
}
