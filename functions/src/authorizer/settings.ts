import * as z from 'zod/mini';
import { setting, whole } from './read-settings.ts';

const DAY_MS = 86_400_000;

/** How callers are known: the settings of the authorizer function, and of a gateway that authorizes itself. */
export const authorizerSettings = {
  AUTH_MODE: setting(
    z.enum(['none', 'api-key', 'jwt']),
    'none',
    'who says what a caller may do: nobody here, API keys, or the tokens of an issuer',
  ),
  API_KEYS: setting(z.string(), '', 'where the records of API keys are: ssm:/path, secretsmanager:name or file:path'),
  API_KEYS_TTL_MS: setting(
    whole(0, DAY_MS),
    30_000,
    'age at which keys are read again; a revocation takes twice this at most',
  ),
  API_KEYS_MAX_STALE_MS: setting(
    whole(0, DAY_MS),
    3_600_000,
    'age up to which keys are believed while their store does not answer',
  ),
  JWT_ISSUER: setting(z.string(), '', '`iss` of the tokens'),
  JWT_AUDIENCE: setting(z.string(), '', '`aud` of the tokens'),
  JWT_JWKS_URL: setting(
    z.string(),
    '',
    "where the issuer's public keys are; by default .well-known/jwks.json below the issuer",
  ),
  JWT_SCOPE_CLAIM: setting(
    z.string().check(z.minLength(1)),
    'scope',
    'the claim with words like predict:mnist and read:team-*',
  ),
};

export const authorizerSettingsSchema = z.object(authorizerSettings);

export type AuthorizerSettings = Readonly<z.output<typeof authorizerSettingsSchema>>;
