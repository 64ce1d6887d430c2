import { type Clock, unavailable } from '@tensorfleet/core';
import type { StateMonitor } from '../../lifecycle/state-monitor.ts';
import type { Verdict } from './load-verdict.ts';

/** Something whose verdict is awaited. */
export interface Awaited {
  /** As the caller knows it. */
  readonly what: string;
  readonly verdict: () => Verdict;
}

export interface WaitOptions {
  readonly monitor: StateMonitor;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Resolves when nothing of `awaited` is pending any more. Rejects with the reason of `signal`, and with UNAVAILABLE,
 * which names what is pending, after `timeoutMs`.
 */
export async function untilDecided(awaited: readonly Awaited[], options: WaitOptions): Promise<void> {
  const { monitor, clock, timeoutMs, signal } = options;
  const open = awaited.toReversed(); // what was decided once is not asked again
  const areDecided = (): boolean => {
    for (let next = open.at(-1); next !== undefined && !isPending(next); next = open.at(-1)) {
      open.pop();
    }
    return open.length === 0;
  };
  const timeout = new AbortController();
  using _timer = clock.schedule(timeoutMs, () => {
    const names = awaited.filter(isPending).map(({ what }) => what);
    timeout.abort(
      unavailable(
        `the configuration is applied, but after ${timeoutMs / 1000} seconds it still loads ${names.join(', ')}`,
      ),
    );
  });
  await monitor.waitUntil(areDecided, AbortSignal.any([signal, timeout.signal]));
}

function isPending({ verdict }: Awaited): boolean {
  return verdict().kind === 'pending';
}
