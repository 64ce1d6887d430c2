import type { Clock } from '@tensorfleet/core';

/** After an unload; all versions that go in this time cost one collection. */
const DELAY_MS = 250;

/**
 * Collects garbage soon after versions were unloaded. What they held (tensors, sessions' wrappers) is old by then, and V8
 * would keep it until its next full collection, which in a quiet server is hours away. Costs a pause of some 20 ms
 * per change of versions; only where Node runs with --expose-gc, as `tensorfleet serve` does.
 */
export function createMemoryRelease(clock: Clock, collect: (() => void) | undefined = globalThis.gc): () => void {
  let isDue = false;
  return () => {
    if (collect !== undefined && !isDue) {
      isDue = true;
      clock.schedule(DELAY_MS, () => {
        isDue = false;
        collect();
      });
    }
  };
}
