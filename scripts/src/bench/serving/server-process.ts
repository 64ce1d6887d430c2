import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { unavailable } from '@tensorfleet/core';
import type { ServerMessage } from './report-to-parent.ts';

/** A server in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  /** User and system time of all its threads so far, microseconds. */
  cpuMicros(): Promise<number>;
  /** What it has in memory, as Linux tells it; NaN elsewhere. */
  residentMegabytes(): Promise<number>;
}

/** Servers run on the first core, the load comes from the second, where the system lets us choose. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

const KILOBYTES_PER_MEGABYTE = 1024;

/** Starts `entry`, which calls reportToParent. Rejects with UNAVAILABLE when it ends before it listens. */
export async function startServer(entry: URL, args: readonly string[]): Promise<ServerProcess> {
  const child = fork(entry, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  pin(child.pid, SERVER_CORE);
  const hello = await nextMessage(child);
  return {
    port: 'port' in hello ? hello.port : 0,
    async cpuMicros() {
      const answer = nextMessage(child);
      child.send('usage');
      const message = await answer;
      return 'cpuMicros' in message ? message.cpuMicros : Number.NaN;
    },
    async residentMegabytes() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      return Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1] ?? Number.NaN) / KILOBYTES_PER_MEGABYTE;
    },
    async [Symbol.asyncDispose]() {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}

async function nextMessage(child: ChildProcess): Promise<ServerMessage> {
  const gone = new AbortController();
  try {
    return await Promise.race([
      once(child, 'message', { signal: gone.signal }).then(([message]) => message as ServerMessage), // by reportToParent
      once(child, 'exit', { signal: gone.signal }).then(([code]) => {
        throw unavailable(`a measured server ended with code ${code}`);
      }),
    ]);
  } finally {
    gone.abort();
  }
}

/** Keeps all threads of a process on one core; without taskset, or with one core, processes share what there is. */
export function pin(pid: number | undefined, core: number): void {
  if (process.platform !== 'linux' || availableParallelism() <= core || pid === undefined) {
    return;
  }
  try {
    execFileSync('taskset', ['-acp', String(core), String(pid)], { stdio: 'ignore' });
  } catch {
    // Not every system has it; the ratios are noisier then.
  }
}
