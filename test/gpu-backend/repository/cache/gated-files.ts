import type { FileHandle } from 'node:fs/promises';
import { type CacheFiles, nodeFiles } from '../../../../gpu-backend/src/repository/cache/cache-files.ts';

const READS = new Set<PropertyKey>(['lstat', 'read', 'readdir', 'readFile', 'readlink', 'stat', 'statfs']);
/** They pass every gate: the system does it for a process that ends. */
const CLOSES = new Set<PropertyKey>(['close', Symbol.asyncDispose]);

export interface Gate {
  /** Called before every operation; what it rejects with is what the operation rejects with. */
  readonly before?: (isWrite: boolean) => Promise<void> | void;
  /** Called with 1 when an operation begins and with -1 when it is over. */
  readonly onRunning?: (change: 1 | -1) => void;
}

/** The disk, with a gate before each of its operations, also those of open files. */
export function gatedFiles(gate: Gate, files: CacheFiles = nodeFiles): CacheFiles {
  return gated(files, gate);
}

function gated<T extends object>(target: T, gate: Gate): T {
  return new Proxy(target, {
    get: (_, name) => {
      const operate: unknown = Reflect.get(target, name, target);
      if (typeof operate !== 'function') {
        return operate;
      }
      return async (...args: unknown[]) => {
        await (CLOSES.has(name) || gate.before?.(!READS.has(name)));
        gate.onRunning?.(1);
        try {
          const result = await operate.apply(target, args);
          return name === 'open' ? gated(result as FileHandle, gate) : result;
        } finally {
          gate.onRunning?.(-1);
        }
      };
    },
  });
}
