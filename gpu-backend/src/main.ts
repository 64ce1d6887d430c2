import type { Logger } from '@tensorfleet/core';
import type { ServerConfig } from './config/schema.ts';
import { ModelServer, type ServerPorts } from './model-server.ts';

export interface RunOptions {
  readonly log: Logger;
  /** Called once the ports are open. */
  readonly onListening?: (ports: ServerPorts) => void;
}

/** Time after the drain in which models must have unloaded, before the process leaves anyway; milliseconds. */
const UNLOAD_GRACE_MS = 5_000;

/**
 * Runs a model server until SIGTERM or SIGINT, then drains it; resolves when it is closed. A second signal, or a
 * model that does not unload in time, kills the process. Rejects when the server cannot start.
 */
export async function runModelServer(config: ServerConfig, options: RunOptions): Promise<void> {
  const server = new ModelServer(config, { log: options.log });
  const signalled = nextSignal();
  const ports = await server.start();
  options.log.info({ ...ports }, 'listening');
  options.onListening?.(ports);
  const signal = await signalled;
  options.log.info({ signal }, 'draining');
  process.once('SIGTERM', leaveNow);
  process.once('SIGINT', leaveNow);
  setTimeout(
    () => {
      options.log.error({}, 'a model did not unload in time; the process is killed');
      leaveNow();
    },
    config.drain_timeout_seconds * 1000 + UNLOAD_GRACE_MS,
  ).unref();
  await server.close();
}

/** What a shell says of a process that was killed by SIGKILL. */
const KILLED = 137;

/** By signal, because process.exit joins all threads, and one that is stuck in native code never comes. */
function leaveNow(): void {
  process.kill(process.pid, 'SIGKILL');
  // Process 1 of a container is still here: its own signals do not reach it. A process that is replaced has no threads.
  process.execve?.(process.execPath, [process.execPath, '--eval', `process.exit(${KILLED})`], {});
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
