/** Routes never look at the host, so hosts need not be believed. */
const ORIGIN = 'http://gateway.invalid';

/** A URL that a Request accepts for any target; the target itself travels as GatewayBindings.rawTarget. */
export function requestUrl(rawTarget: string): string {
  return rawTarget.startsWith('/') ? `${ORIGIN}${rawTarget}` : ORIGIN;
}
