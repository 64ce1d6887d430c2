import { type Clock, Code, failedPrecondition, StatusError, type Version } from '@tensorfleet/core';
import type { FleetTarget, VersionEntry } from '../../fleet/fleet-target.ts';

export interface WaitOptions {
  /** For one request. */
  readonly timeoutMs: number;
  /** For all of it. */
  readonly patienceMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Servers tell their states only when they are asked. */
const INTERVAL_MS = 500;

/**
 * Resolves when the fleet has the version available. Rejects with FAILED_PRECONDITION when the version cannot be loaded,
 * or not within `patienceMs`, and with what the fleet says of anything but a model that is not there yet.
 */
export async function waitUntilServed(
  target: Pick<FleetTarget, 'versions'>,
  model: string,
  version: Version,
  { timeoutMs, patienceMs, clock, signal }: WaitOptions,
): Promise<void> {
  const end = clock.now() + patienceMs;
  for (;;) {
    const entries = await target.versions(model, { timeoutMs, signal }).catch(noneYet);
    const entry = entries.find((each) => each.version === String(version));
    if (entry?.state === 'AVAILABLE') {
      return;
    }
    if (entry?.state === 'END' && entry.error !== '') {
      throw failedPrecondition(`the fleet cannot load version ${version} of model "${model}": ${entry.error}`);
    }
    if (clock.now() >= end) {
      const state = entry === undefined ? 'does not know it' : `has it in state ${entry.state}`;
      const seconds = patienceMs / 1000;
      throw failedPrecondition(`after ${seconds} s the fleet ${state}: version ${version} of model "${model}"`);
    }
    await pause(clock, Math.min(INTERVAL_MS, end - clock.now()), signal);
  }
}

/** A model has no status before its first version. */
function noneYet(reason: unknown): readonly VersionEntry[] {
  const error = StatusError.from(reason);
  if (error.code !== Code.NotFound) {
    throw error;
  }
  return [];
}

/** Rejects with the reason of `signal`. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  using _ = clock.schedule(ms, resolve);
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
