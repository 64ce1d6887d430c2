import type { JWTVerifyGetKey } from 'jose';
import type { Authorizer, Decision } from './authorizer.ts';
import { readCredential } from './credential.ts';
import { grantFromClaims } from './grant.ts';

export interface JwtAuthorizerOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer publishes its public keys. */
  readonly jwksUrl: string;
  readonly scopeClaim: string;
}

export interface JwtAuthorizerDependencies {
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Jose = typeof import('jose');

/** Signatures with public keys only: whoever can check a token must not be able to make one. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const JWKS_TIMEOUT_MS = 3_000;
const CLOCK_TOLERANCE_SECONDS = 5;

/** What is wrong with a token rather than with the way to its issuer's keys. */
const TOKEN_FAULT = /^ERR_(JWT|JWS|JWKS_NO_MATCHING_KEY|JOSE_ALG_NOT_ALLOWED|JOSE_NOT_SUPPORTED)/;

/**
 * Grants what the claims of a signed token say (OAuth 2.0, OpenID Connect). The library that checks it is loaded by the
 * first request, the issuer's keys as well; they are kept for ten minutes.
 */
export function createJwtAuthorizer(options: JwtAuthorizerOptions, { now }: JwtAuthorizerDependencies): Authorizer {
  let opened: Promise<{ readonly jose: Jose; readonly keys: JWTVerifyGetKey }> | undefined;
  const open = async (): Promise<{ readonly jose: Jose; readonly keys: JWTVerifyGetKey }> => {
    const jose = await import('jose');
    const keys = jose.createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
    return { jose, keys };
  };
  return {
    async authorize(headerOf) {
      const credential = readCredential(headerOf);
      if (credential.kind !== 'found') {
        return { kind: 'refused', refusal: credential.kind };
      }
      try {
        opened ??= open();
        const { jose, keys } = await opened;
        const { payload } = await jose.jwtVerify(credential.token, keys, {
          issuer: options.issuer,
          audience: options.audience,
          algorithms: ALGORITHMS,
          requiredClaims: ['exp', 'sub'],
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
          currentDate: new Date(now()),
        });
        const grant = grantFromClaims(payload, options.scopeClaim);
        return grant === undefined ? { kind: 'refused', refusal: 'no scopes' } : { kind: 'granted', grant };
      } catch (reason) {
        return refusalOf(reason);
      }
    },
  };
}

function refusalOf(reason: unknown): Decision {
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : '';
  const detail = code === '' ? 'the keys of the issuer cannot be had' : code;
  if (code === 'ERR_JWT_EXPIRED') {
    return { kind: 'refused', refusal: 'expired', detail };
  }
  return { kind: 'refused', refusal: TOKEN_FAULT.test(code) ? 'wrong' : 'unavailable', detail };
}
