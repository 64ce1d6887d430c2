import { MODEL_VERSION_HEADER, ROUTING_KEY_HEADER, TIMEOUT_HEADER } from '@tensorfleet/codecs';
import { failedPrecondition } from '@tensorfleet/core';
import { REQUEST_ID_HEADER } from '../request-id.ts';

/** Whether it belongs to the API, which pages may call; health of the process and metrics do not. */
export function isApiTarget(target: string): boolean {
  return /^\/v[12]\//i.test(target);
}

const ALLOWED = {
  'access-control-allow-methods': 'POST, GET',
  'access-control-allow-headers': `Content-Type, ${TIMEOUT_HEADER}, ${REQUEST_ID_HEADER}, ${ROUTING_KEY_HEADER}`,
  'access-control-expose-headers': `${MODEL_VERSION_HEADER}, ${REQUEST_ID_HEADER}, Retry-After`,
};
const ALLOWED_TO_ALL = Object.freeze({ 'access-control-allow-origin': '*', ...ALLOWED });
const DEPENDS_ON_ORIGIN = Object.freeze({ vary: 'Origin' });

/**
 * The headers that every answer to `target` carries, errors included. `allowed`: the origins, `https://app.example`, whose
 * pages may call the API from a browser, or `*`. Credentials are never allowed.
 */
export function corsHeaders(
  allowed: readonly string[],
  target: string,
  origin: string | undefined,
): Readonly<Record<string, string>> {
  if (allowed.length === 0 || !isApiTarget(target)) {
    return {};
  }
  if (allowed.includes('*')) {
    return ALLOWED_TO_ALL;
  }
  return origin !== undefined && allowed.includes(origin)
    ? { 'access-control-allow-origin': origin, ...ALLOWED, ...DEPENDS_ON_ORIGIN }
    : DEPENDS_ON_ORIGIN;
}

/** OPTIONS comes from browsers, which name their page. Throws FAILED_PRECONDITION when the origin is no web page's. */
export function checkPreflight(origin: string | undefined): void {
  if (origin === undefined || !/https?:\/\//.test(origin)) {
    throw failedPrecondition(
      `OPTIONS needs an Origin header with http:// or https://, it is ${JSON.stringify(origin ?? '')}`,
    );
  }
}
