import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { failedPrecondition } from '@tensorfleet/core';
import { leanEnvironment } from '../../config.ts';
import { V8_FLAGS } from '../../lean-process.ts';
import { residentKilobytes } from '../../resident-memory.ts';
import type { ServerMessage } from './server-messages.ts';

const ENTRY = new URL('./gate-server.ts', import.meta.url);
const BYTES_PER_KILOBYTE = 1024;

/** A model server in a process of its own, as `tensorfleet serve` runs it; ended on dispose. */
export interface GateServer extends AsyncDisposable {
  /** `127.0.0.1:port` of gRPC. */
  readonly target: string;
  /** With all processes below it; 0 where the system does not tell. */
  residentBytes(): Promise<number>;
}

export interface GateServerOptions {
  /** Directory with the models. */
  readonly repository: string;
  /** Directory for converted SavedModels. */
  readonly conversions: string;
  readonly signal: AbortSignal;
}

/**
 * Resolves when every model has a version available or has failed. Rejects with FAILED_PRECONDITION when the server
 * cannot run, and with the reason of `signal`; no process is left then.
 */
export async function startGateServer({ repository, conversions, signal }: GateServerOptions): Promise<GateServer> {
  signal.throwIfAborted();
  const child = fork(ENTRY, [repository, conversions], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [...process.execArgv, ...V8_FLAGS],
    env: leanEnvironment(),
  });
  const exited = once(child, 'exit');
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  try {
    const message = await firstMessage(child, signal);
    if ('error' in message) {
      throw failedPrecondition(`no server could be started for the gate: ${message.error}`);
    }
    return {
      target: message.target,
      residentBytes: async () => BYTES_PER_KILOBYTE * (await residentKilobytes(child.pid ?? Number.NaN)),
      [Symbol.asyncDispose]: end,
    };
  } catch (reason) {
    await end();
    throw reason;
  }
}

async function firstMessage(child: ChildProcess, signal: AbortSignal): Promise<ServerMessage> {
  const settled = new AbortController();
  const either = AbortSignal.any([settled.signal, signal]);
  try {
    return await Promise.race([
      once(child, 'message', { signal: either }).then(([message]) => message as ServerMessage), // by gate-server.ts
      once(child, 'exit', { signal: either }).then(([code, name]) => {
        throw failedPrecondition(`the gate's server ended with ${code ?? name} before it answered`);
      }),
    ]);
  } catch (reason) {
    throw signal.aborted ? signal.reason : reason;
  } finally {
    settled.abort();
  }
}
