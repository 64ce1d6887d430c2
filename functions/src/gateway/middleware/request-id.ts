import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { bindingsOf, type GatewayEnv } from '../gateway-env.ts';

const REQUEST_ID_HEADER = 'x-request-id';

/** Ids that can stand in a log line and in a gRPC header. */
const USABLE_ID = /^[A-Za-z0-9._:=/+-]{1,128}$/;

/** Names every request: the client's own x-request-id if usable, else the host's id, else a new one. Answers carry it. */
export function requestId(): MiddlewareHandler<GatewayEnv> {
  return async function requestId(c, next) {
    const sent = c.req.header(REQUEST_ID_HEADER) ?? '';
    const id = USABLE_ID.test(sent) ? sent : (bindingsOf(c).requestId ?? randomUUID());
    c.set('requestId', id);
    await next();
    c.res.headers.set(REQUEST_ID_HEADER, id);
  };
}
