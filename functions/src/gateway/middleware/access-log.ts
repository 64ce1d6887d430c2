import { type Clock, CODE_NAMES, Code, StatusError } from '@tensorfleet/core';
import type { MiddlewareHandler } from 'hono';
import { bindingsOf, type GatewayEnv, rawTargetOf } from '../gateway-env.ts';

export interface AccessLogOptions {
  readonly clock: Clock;
}

/** A target longer than this is cut in the log. */
const MAX_TARGET_CHARACTERS = 300;

/** One line per request, when its answer is known. */
export function accessLog({ clock }: AccessLogOptions): MiddlewareHandler<GatewayEnv> {
  return async function accessLog(c, next) {
    const startedAt = clock.now();
    await next();
    const { requestId, grant, spec, version } = c.var;
    const { sourceIp } = bindingsOf(c);
    const error = c.error === undefined ? undefined : StatusError.from(c.error);
    const facts = {
      requestId,
      method: c.req.method,
      target: rawTargetOf(c).slice(0, MAX_TARGET_CHARACTERS),
      status: c.res.status,
      code: CODE_NAMES[error?.code ?? Code.Ok],
      durationMs: Math.round((clock.now() - startedAt) * 10) / 10,
      ...(grant && { keyId: grant.keyId }),
      ...(spec && { model: spec.name }),
      ...(version !== undefined && { version }),
      ...(error && { reason: error.message }),
      ...(sourceIp !== undefined && { sourceIp }),
    };
    c.get('log').info(facts, 'request');
  };
}
