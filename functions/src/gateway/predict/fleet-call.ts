import type { FleetCallOptions } from '@tensorfleet/client';
import { type CallContext, type Clock, remainingMs } from '@tensorfleet/core';

/** The options that let a call of the fleet end with the request it serves, under the same id and for the same caller. */
export function fleetCallOptions(call: CallContext, clock: Clock): FleetCallOptions {
  return {
    timeoutMs: remainingMs(clock, call.deadline),
    signal: call.signal,
    routingKey: call.routingKey,
    metadata: new Map([['x-request-id', call.requestId]]),
  };
}
