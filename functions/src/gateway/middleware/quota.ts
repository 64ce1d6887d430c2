import {
  type Clock,
  deadlineExceeded,
  type Logger,
  resourceExhausted,
  StatusError,
  unavailable,
} from '@tensorfleet/core';
import type { MiddlewareHandler } from 'hono';
import type { Quota } from '../../authorizer/quota.ts';
import type { GatewayEnv } from '../gateway-env.ts';
import { RETRY_AFTER } from '../json-response.ts';
import { LruMap } from '../predict/lru-map.ts';
import { type QuotaCounter, type Taken, windowsOf } from '../quota/quota-counter.ts';

export interface QuotaOptions {
  readonly counter: QuotaCounter;
  /** For grants without a quota of their own. */
  readonly fallback: Quota;
  /** Whether requests pass that cannot be counted. */
  readonly onFault: 'open' | 'closed';
  readonly clock: Clock;
  /** Milliseconds since 1970: windows are those of the calendar, the same for all gateways. */
  readonly now: () => number;
}

/** Longest wait for a counter; the first time includes loading its library and connecting. */
const TIMEOUT_MS = 1_000;
/** A counter that failed is left alone for this time: requests would pay for its silence one by one. */
const REST_MS = 5_000;
const MAX_REFUSED_KEYS = 10_000;
/** Longest that a refusal is remembered without a look at the counter: quotas are raised for those who have used theirs. */
const REMEMBERED_MS = 60_000;

type Full = Extract<Taken, { readonly kind: 'full' }>;

/**
 * Counts the request of a key against its quota. Throws RESOURCE_EXHAUSTED, which says when the next window begins, when
 * one is full; remembers that, so that whoever goes on asking costs no more writes. Stands behind `grant`.
 */
export function quota(options: QuotaOptions): MiddlewareHandler<GatewayEnv> {
  const refused = new LruMap<string, { readonly taken: Full; readonly untilMs: number }>(MAX_REFUSED_KEYS);
  let restUntil = Number.NEGATIVE_INFINITY;
  const countedOrPassed = async (key: string, limits: Quota, nowMs: number, log: Logger): Promise<Taken> => {
    try {
      if (options.clock.now() < restUntil) {
        throw unavailable('the counter of quotas has failed a moment ago');
      }
      return await inTime(options.clock, options.counter.take(key, limits, nowMs));
    } catch (reason) {
      if (options.clock.now() >= restUntil) {
        restUntil = options.clock.now() + REST_MS;
        log.error({ error: StatusError.from(reason), onFault: options.onFault }, 'quotas cannot be counted');
      }
      if (options.onFault === 'closed') {
        throw unavailable('quotas cannot be counted at the moment');
      }
      return { kind: 'taken' };
    }
  };
  return async function quota(c, next) {
    const grant = c.get('grant');
    const limits = grant?.quota ?? options.fallback;
    if (grant !== undefined && windowsOf(limits).length > 0) {
      const { keyId } = grant;
      const nowMs = options.now();
      const known = refused.get(keyId);
      if (known !== undefined && nowMs < known.untilMs) {
        throw overQuota(keyId, known.taken, nowMs);
      }
      const taken = await countedOrPassed(keyId, limits, nowMs, c.get('log'));
      if (taken.kind === 'full') {
        refused.set(keyId, { taken, untilMs: Math.min(taken.untilMs, nowMs + REMEMBERED_MS) });
        throw overQuota(keyId, taken, nowMs);
      }
    }
    await next();
  };
}

function overQuota(keyId: string, { window, untilMs }: Full, nowMs: number): StatusError {
  const seconds = Math.max(1, Math.ceil((untilMs - nowMs) / 1_000));
  const { limit, name } = window;
  const message = `key "${keyId}" has used its quota of ${limit} requests in this ${name}; the next ${name} begins in ${seconds} s`;
  return resourceExhausted(message, { keyId, [RETRY_AFTER]: String(seconds) });
}

async function inTime(clock: Clock, taken: Promise<Taken>): Promise<Taken> {
  const late = Promise.withResolvers<never>();
  using _ = clock.schedule(TIMEOUT_MS, () =>
    late.reject(deadlineExceeded(`the counter did not answer within ${TIMEOUT_MS} ms`)),
  );
  return await Promise.race([taken, late.promise]);
}
