import type { FleetCallOptions } from '@tensorfleet/client';
import { formatTraceparent, TRACEPARENT_HEADER, TRACESTATE_HEADER } from '@tensorfleet/codecs';
import { type CallContext, type Clock, remainingMs } from '@tensorfleet/core';
import { newSpanId } from '../../telemetry/request-trace.ts';

/** The options that let a call of the fleet end with the request it serves, under the same id and for the same caller. */
export function fleetCallOptions(call: CallContext, clock: Clock): FleetCallOptions {
  return {
    timeoutMs: remainingMs(clock, call.deadline),
    signal: call.signal,
    routingKey: call.routingKey,
    metadata: callMetadata(call),
  };
}

/** What names one call of the fleet in the server's log and in traces: it is a span of its own below the request's. */
export function callMetadata({ requestId, traceContext }: CallContext): ReadonlyMap<string, string> {
  const metadata = new Map([['x-request-id', requestId]]);
  if (traceContext !== undefined) {
    metadata.set(TRACEPARENT_HEADER, formatTraceparent({ ...traceContext, spanId: newSpanId() }));
    if (traceContext.state !== undefined) {
      metadata.set(TRACESTATE_HEADER, traceContext.state);
    }
  }
  return metadata;
}
