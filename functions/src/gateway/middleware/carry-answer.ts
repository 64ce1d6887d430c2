import type { MiddlewareHandler } from 'hono';
import { bindingsOf, type GatewayEnv } from '../gateway-env.ts';

/** Lets the host look at the answer while it can still become an error that is logged and counted as one. */
export function carryAnswer(): MiddlewareHandler<GatewayEnv> {
  return async function carryAnswer(c, next) {
    await next();
    await bindingsOf(c).carry?.(c.res);
  };
}
