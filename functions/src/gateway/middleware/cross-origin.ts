import { MODEL_VERSION_HEADER } from '@tensorfleet/codecs';
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { GatewayEnv } from '../gateway-env.ts';

/** How long a browser may remember what it was allowed; Chromium takes up to 7200 s. */
const MAX_AGE_SECONDS = 600;

/** Answers preflights, and lets pages of these origins (`*`: of all) read answers, errors included. */
export function crossOrigin(origins: readonly string[]): MiddlewareHandler<GatewayEnv> {
  return cors({
    origin: origins.includes('*') ? '*' : [...origins],
    allowMethods: ['GET', 'HEAD', 'POST'],
    exposeHeaders: ['x-request-id', MODEL_VERSION_HEADER, 'retry-after'],
    maxAge: MAX_AGE_SECONDS,
  });
}
