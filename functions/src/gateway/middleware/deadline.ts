import { parseRestTimeout, parseRoutingKey, ROUTING_KEY_HEADER, TIMEOUT_HEADER } from '@tensorfleet/codecs';
import { type Clock, cancelled, deadlineAfter, NO_DEADLINE, openCall, throwIfOver } from '@tensorfleet/core';
import type { MiddlewareHandler } from 'hono';
import { bindingsOf, type GatewayEnv } from '../gateway-env.ts';

export interface DeadlineOptions {
  readonly clock: Clock;
  /** What a request gets that asks for more, or for nothing. */
  readonly maxMs: number;
}

/**
 * Opens the call of a request: it is over after what the client asks for in x-request-timeout-ms, at most after `maxMs`
 * and after what the host leaves, and when the client goes away. Throws INVALID_ARGUMENT for a header that is no number
 * or no routing key, and DEADLINE_EXCEEDED for a request without time.
 */
export function deadline({ clock, maxMs }: DeadlineOptions): MiddlewareHandler<GatewayEnv> {
  return async function deadline(c, next) {
    const wantedMs = parseRestTimeout(c.req.header(TIMEOUT_HEADER));
    const timeoutMs = Math.min(wantedMs, maxMs, bindingsOf(c).remainingMs ?? NO_DEADLINE);
    const routingKey = parseRoutingKey(c.req.header(ROUTING_KEY_HEADER));
    using call = openCall(
      clock,
      c.get('requestId'),
      deadlineAfter(clock, timeoutMs),
      routingKey,
      c.get('traceContext'),
    );
    throwIfOver(call.context);
    c.set('call', call.context);
    const { signal } = c.req.raw;
    const leave = (): void => call.abort(cancelled('the client closed the connection'));
    if (signal.aborted) {
      leave();
    }
    signal.addEventListener('abort', leave, { once: true });
    try {
      await next();
    } finally {
      signal.removeEventListener('abort', leave);
    }
  };
}
