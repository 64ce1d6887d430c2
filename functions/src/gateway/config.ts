import { invalidArgument } from '@tensorfleet/core';
import * as z from 'zod/mini';
import english from 'zod/v4/locales/en.js';

// Without a language, the small build of zod says "Invalid input" of everything.
z.config(english());

const MEBIBYTE = 2 ** 20;
const LARGEST = 2 ** 31 - 1;

/** A whole number between two bounds, both included. */
const whole = (minimum: number, maximum: number) =>
  z.coerce.number().check(z.int(), z.minimum(minimum), z.maximum(maximum));
const bytes = whole(1024, LARGEST);
/** Comma-separated items; spaces and empty ones do not count. */
const list = (item: z.ZodMiniType<string, string>) => z.pipe(z.pipe(z.string(), z.transform(splitList)), z.array(item));
/** A setting with its default, as the environment would have it, and its meaning. */
const setting = <T extends z.ZodMiniType>(schema: T, fallback: z.input<T>, meaning: string) =>
  z.prefault(schema, fallback).check(z.describe(meaning));

/**
 * Everything the gateway can be told, by environment variable, with its default, bounds and meaning: the one list behind
 * the Lambda function, the local gateway and the table in the README.
 */
export const gatewayConfigSchema = z.object({
  FLEET_TARGET: setting(
    z.string().check(z.minLength(1)),
    'localhost:8500',
    'where the model servers are: host:port, dns:///host:port or ipv4:a:port,b:port',
  ),
  REQUEST_TIMEOUT_MS: setting(
    whole(1, 900_000),
    28_000,
    'most time of a request; its header x-request-timeout-ms may ask for less',
  ),
  MAX_BODY_BYTES: setting(bytes, 16 * MEBIBYTE, 'largest body; Lambda itself takes 6 MB'),
  MAX_IMAGE_BYTES: setting(bytes, 10 * MEBIBYTE, 'largest encoded picture, sent or fetched'),
  MAX_IMAGE_PIXELS: setting(
    whole(1, 268_435_456),
    24_000_000,
    'most pixels of a picture; each takes about 30 bytes of memory',
  ),
  IMAGE_TIMEOUT_MS: setting(whole(1, 60_000), 10_000, 'most time that fetching a picture takes'),
  IMAGE_ALLOWED_HOSTS: setting(
    list(z.string().check(z.regex(/^[^/@\s]+$/, 'must be host or host:port'))),
    '',
    'comma-separated hosts (host or host:port) that may have private addresses and any port',
  ),
  LOG_LEVEL: setting(z.enum(['debug', 'info', 'warn', 'error', 'silent']), 'info', 'least severe line to log'),
});

export type GatewayConfig = Readonly<z.output<typeof gatewayConfigSchema>>;

/**
 * The configuration in an environment; unset and empty variables have their default, other variables are not its
 * business. Throws INVALID_ARGUMENT with all problems at once.
 */
export function resolveGatewayConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): GatewayConfig {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = gatewayConfigSchema.safeParse(set);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      return `${name} is "${environment[name]}": ${message}`;
    });
    throw invalidArgument(`the gateway's configuration is not valid: ${problems.join('; ')}`);
  }
  return Object.freeze(result.data);
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
