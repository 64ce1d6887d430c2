import type { FileHandle } from 'node:fs/promises';
import { type CacheFiles, nodeFiles } from '../../../../gpu-backend/src/repository/cache/cache-files.ts';

const READS = new Set(['lstat', 'read', 'readdir', 'readFile', 'readlink', 'stat', 'statfs']);

/** Called before every operation; what it rejects with is what the operation rejects with. */
export type BeforeOperation = (name: string, isWrite: boolean) => Promise<void> | void;

/**
 * The disk, with a gate before each of its operations, also those of open files; `after` is called when one is over.
 * Closing passes: the system does it for a process that ends.
 */
export function gatedFiles(before: BeforeOperation, after: () => void = () => undefined): CacheFiles {
  return new Proxy(nodeFiles, {
    get: (target, name: keyof CacheFiles) => {
      const operate = target[name] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        await before(name, !READS.has(name));
        const result = await operate(...args).finally(after);
        return name === 'open' ? gatedHandle(result as FileHandle, before, after) : result;
      };
    },
  });
}

function gatedHandle(handle: FileHandle, before: BeforeOperation, after: () => void): FileHandle {
  return new Proxy(handle, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') {
        return value;
      }
      if (name === 'close' || name === Symbol.asyncDispose) {
        return value.bind(target);
      }
      return async (...args: unknown[]) => {
        await before(String(name), !READS.has(String(name)));
        return await value.apply(target, args).finally(after);
      };
    },
  });
}
