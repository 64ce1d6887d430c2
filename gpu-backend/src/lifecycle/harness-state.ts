/**
 * Where one version is in its life. `loading` includes the pauses between attempts, `quiescing` waits
 * for the last handle, `unloaded` and `failed` are the ends.
 */
export type HarnessState = 'new' | 'loading' | 'ready' | 'quiescing' | 'unloading' | 'unloaded' | 'failed';

/** Where each state may go. A LoaderHarness changes its state along these arrows only. */
export const TRANSITIONS: Readonly<Record<HarnessState, readonly HarnessState[]>> = {
  // unloaded: no longer aspired before its load began; failed: its resources can never be had
  new: ['loading', 'failed', 'unloaded'],
  // unloading: the load completed although it was cancelled
  loading: ['ready', 'unloading', 'failed'],
  ready: ['quiescing'],
  quiescing: ['unloading'],
  unloading: ['unloaded', 'failed'],
  // a failed version that is no longer aspired
  failed: ['unloaded'],
  unloaded: [],
};

/** Whether the version holds nothing any more. */
export function isOver(state: HarnessState): boolean {
  return state === 'unloaded' || state === 'failed';
}
