import { constants, setPriority } from 'node:os';

/**
 * Takes the calling thread behind those that serve requests: with no core free it gets about a tenth of one. Linux
 * only; elsewhere priorities belong to whole processes.
 */
export function lowerThreadPriority(): void {
  if (process.platform === 'linux') {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  }
}
