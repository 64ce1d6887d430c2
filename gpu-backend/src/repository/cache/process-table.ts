import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, so that no other one is ever taken for it where the system tells enough. */
export interface ProcessId {
  /** The running system, and in it the room that numbers of processes mean something in (a container has its own). */
  readonly host: string;
  readonly pid: number;
  /** When it began, in the system's words; undefined where the system does not say. */
  readonly started?: string;
}

/** `unknown`: it runs elsewhere, or its number may have been given to another process. */
export type ProcessState = 'running' | 'ended' | 'unknown';

export interface ProcessTable {
  readonly self: ProcessId;
  stateOf(process: ProcessId): ProcessState;
}

/** The processes of this system, as /proc tells where there is one. */
export function systemProcesses(): ProcessTable {
  const host = hostId();
  const started = startOf(process.pid);
  const self = { host, pid: process.pid, ...(started !== undefined && { started }) };
  return { self, stateOf: (other) => (other.host === host ? localState(other) : 'unknown') };
}

function hostId(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function localState({ pid, started }: ProcessId): ProcessState {
  if (!exists(pid)) {
    return 'ended';
  }
  const now = startOf(pid);
  if (started === undefined || now === undefined) {
    return 'unknown';
  }
  return now === started ? 'running' : 'ended';
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (reason) {
    return !(reason instanceof Error && 'code' in reason && reason.code === 'ESRCH');
  }
}

/** Field 22 of /proc/<pid>/stat; the name before it may hold anything, also brackets. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
