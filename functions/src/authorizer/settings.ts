import { invalidArgument } from '@tensorfleet/core';
import * as z from 'zod';

const milliseconds = z.coerce.number().int().min(0).max(86_400_000);

/** How callers are known: the settings of the authorizer function, and of a gateway that authorizes itself. */
export const authorizerSettings = {
  AUTH_MODE: z
    .enum(['none', 'api-key', 'jwt'])
    .default('none')
    .describe('who says what a caller may do: nobody here, API keys, or the tokens of an issuer'),
  API_KEYS: z
    .string()
    .default('')
    .describe('where the records of API keys are: ssm:/path, secretsmanager:name or file:path'),
  API_KEYS_TTL_MS: milliseconds
    .default(30_000)
    .describe('age at which keys are read again; a revocation takes twice this at most'),
  API_KEYS_MAX_STALE_MS: milliseconds
    .default(3_600_000)
    .describe('age up to which keys are believed while their store does not answer'),
  JWT_ISSUER: z.string().default('').describe('`iss` of the tokens'),
  JWT_AUDIENCE: z.string().default('').describe('`aud` of the tokens'),
  JWT_JWKS_URL: z
    .string()
    .default('')
    .describe("where the issuer's public keys are; by default .well-known/jwks.json below the issuer"),
  JWT_SCOPE_CLAIM: z
    .string()
    .min(1)
    .default('scope')
    .describe('the claim with words like predict:mnist and read:team-*'),
};

const schema = z.object(authorizerSettings);

export type AuthorizerSettings = Readonly<z.output<typeof schema>>;

/** As much of a zod schema as is needed to read an environment with it. */
interface Schema<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

/**
 * The settings in an environment; unset and empty variables have their default, other variables are nobody's business
 * here. Throws INVALID_ARGUMENT with all problems at once; `whose` begins the sentence.
 */
export function readSettings<T>(
  schema: Schema<T>,
  environment: Readonly<Record<string, string | undefined>>,
  whose: string,
): Readonly<T> {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(set);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      return `${name} is "${environment[name]}": ${message}`;
    });
    throw invalidArgument(`${whose} configuration is not valid: ${problems.join('; ')}`);
  }
  return Object.freeze(result.data);
}
