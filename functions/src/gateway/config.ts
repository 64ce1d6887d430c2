import { invalidArgument } from '@tensorfleet/core';
import { z } from 'zod';

const MEBIBYTE = 2 ** 20;
const LARGEST = 2 ** 31 - 1;

const bytes = z.coerce.number().int().min(1024).max(LARGEST);
const milliseconds = z.coerce.number().int().min(1);

/**
 * Everything the gateway can be told, by environment variable, with its default, bounds and meaning: the one list behind
 * the Lambda function, the local gateway and the table in the README.
 */
export const gatewayConfigSchema = z.object({
  FLEET_TARGET: z
    .string()
    .min(1)
    .default('localhost:8500')
    .describe('where the model servers are: host:port, dns:///host:port or ipv4:a:port,b:port'),
  REQUEST_TIMEOUT_MS: milliseconds
    .max(900_000)
    .default(28_000)
    .describe('most time of a request; its header x-request-timeout-ms may ask for less'),
  MAX_BODY_BYTES: bytes.default(16 * MEBIBYTE).describe('largest body; Lambda itself takes 6 MB'),
  MAX_IMAGE_BYTES: bytes.default(10 * MEBIBYTE).describe('largest encoded picture, sent or fetched'),
  MAX_IMAGE_PIXELS: z.coerce
    .number()
    .int()
    .min(1)
    .max(268_435_456)
    .default(24_000_000)
    .describe('most pixels of a picture; each takes about 30 bytes of memory'),
  IMAGE_TIMEOUT_MS: milliseconds.max(60_000).default(10_000).describe('most time that fetching a picture takes'),
  IMAGE_ALLOWED_HOSTS: z
    .string()
    .default('')
    .transform((hosts) =>
      hosts
        .split(',')
        .map((host) => host.trim())
        .filter((host) => host !== ''),
    )
    .pipe(z.array(z.string().regex(/^[^/@\s]+$/, 'must be host or host:port')))
    .describe('comma-separated hosts (host or host:port) that may have private addresses and any port'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('least severe line to log'),
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
