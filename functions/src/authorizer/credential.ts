/** What a request shows of itself, as text; nothing is known of it yet. */
export type Credential =
  | { readonly kind: 'found'; readonly token: string }
  | { readonly kind: 'missing' | 'several' | 'malformed' };

/** The value of a header by its name in lower case, repeated headers joined by commas; undefined where there is none. */
export type HeaderOf = (name: string) => string | undefined;

/** Room for a token with many claims. */
const MAX_CHARACTERS = 8_192;

/** `token68` of RFC 9110: no space, no comma (so no second header), nothing outside ASCII. */
const TOKEN = /^[A-Za-z0-9._~+/-]+={0,2}$/;
const BEARER = /^bearer +/i;

/**
 * The credential in `x-api-key: <token>` or `Authorization: Bearer <token>`. Both at once are refused: whoever caches
 * decisions does so by one of the two, and would give one caller's answer to the next.
 */
export function readCredential(headerOf: HeaderOf): Credential {
  const key = headerOf('x-api-key') ?? '';
  const authorization = headerOf('authorization') ?? '';
  if (key !== '' && authorization !== '') {
    return { kind: 'several' };
  }
  const value = key === '' ? authorization : key;
  if (value === '') {
    return { kind: 'missing' };
  }
  if (value.length > MAX_CHARACTERS || (key === '' && !BEARER.test(value))) {
    return { kind: 'malformed' };
  }
  const token = key === '' ? value.replace(BEARER, '') : value;
  return TOKEN.test(token) ? { kind: 'found', token } : { kind: 'malformed' };
}
