import type { FleetCallOptions } from '@tensorfleet/client';
import { type CallContext, type Clock, remainingMs } from '@tensorfleet/core';

/** The options that let a call of the fleet end with the request it serves, under the same id. */
export function fleetCallOptions(call: CallContext, clock: Clock): FleetCallOptions {
  return {
    timeoutMs: remainingMs(clock, call.deadline),
    signal: call.signal,
    metadata: new Map([['x-request-id', call.requestId]]),
  };
}
