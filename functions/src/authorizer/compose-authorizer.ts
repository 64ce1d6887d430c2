import { type Clock, invalidArgument, type Logger } from '@tensorfleet/core';
import { createApiKeyAuthorizer } from './api-key-authorizer.ts';
import type { Authorizer } from './authorizer.ts';
import { createJwtAuthorizer } from './jwt-authorizer.ts';
import { KeyCache } from './key-cache.ts';
import { createFileKeySource, type KeySource, parseKeyPlace } from './key-source.ts';
import type { AuthorizerSettings } from './settings.ts';
import { createSecretKeySource, createSsmKeySource } from './ssm-key-source.ts';

export interface ComposeAuthorizerDependencies {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * The authorizer that settings describe; undefined where they want none. Connects to nothing yet. Throws
 * INVALID_ARGUMENT when a setting is missing or no address.
 */
export function composeAuthorizer(
  settings: AuthorizerSettings,
  { clock, now, log }: ComposeAuthorizerDependencies,
): Authorizer | undefined {
  switch (settings.AUTH_MODE) {
    case 'none':
      return undefined;
    case 'api-key': {
      const source = openKeySource(required(settings, 'API_KEYS'));
      const { API_KEYS_TTL_MS: ttlMs, API_KEYS_MAX_STALE_MS: maxStaleMs } = settings;
      const cache = new KeyCache({ ttlMs, maxStaleMs }, { source, clock, now, log });
      return createApiKeyAuthorizer({ keys: () => cache.keys(), now });
    }
    case 'jwt': {
      const issuer = required(settings, 'JWT_ISSUER');
      const audience = required(settings, 'JWT_AUDIENCE');
      const options = { issuer, audience, jwksUrl: jwksUrlOf(settings), scopeClaim: settings.JWT_SCOPE_CLAIM };
      return createJwtAuthorizer(options, { now });
    }
  }
}

function openKeySource(text: string): KeySource {
  const place = parseKeyPlace(text);
  switch (place.kind) {
    case 'ssm':
      return createSsmKeySource(place.path);
    case 'secretsmanager':
      return createSecretKeySource(place.secret);
    case 'file':
      return createFileKeySource(place.path);
  }
}

function required(settings: AuthorizerSettings, name: 'API_KEYS' | 'JWT_ISSUER' | 'JWT_AUDIENCE'): string {
  const value = settings[name];
  if (value === '') {
    throw invalidArgument(`AUTH_MODE is ${settings.AUTH_MODE}, which needs ${name}`);
  }
  return value;
}

/** Whoever can answer in the issuer's place makes tokens: HTTPS, but for a machine's own. */
function jwksUrlOf({ JWT_ISSUER: issuer, JWT_JWKS_URL: given }: AuthorizerSettings): string {
  const text = given === '' ? `${issuer.replace(/\/$/, '')}/.well-known/jwks.json` : given;
  const url = URL.parse(text);
  const isLocal = url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url === null || (url.protocol !== 'https:' && !isLocal)) {
    throw invalidArgument(`JWT_JWKS_URL is "${text}", which is no https:// address`);
  }
  return text;
}
