import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';

/** Where and what a result was measured on. */
export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  /** Runnable processes of the last minute, when the run began: what else the machine did. */
  readonly load: number;
  readonly node: string;
  /** With `-dirty` where files differ from it; `unknown` outside a checkout. */
  readonly commit: string;
}

export function machineFacts(): MachineFacts {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    load: loadavg()[0] ?? Number.NaN,
    node: process.version,
    commit: commitOf(import.meta.dirname),
  };
}

function commitOf(folder: string): string {
  try {
    const args = ['describe', '--always', '--dirty', '--abbrev=10'];
    return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}
