import * as z from 'zod/mini';
import { readSettings, setting, whole } from '../authorizer/read-settings.ts';
import { authorizerSettings } from '../authorizer/settings.ts';
import { featureStoresSchema } from './features/store-settings.ts';
import type { AwsCredentials } from './uploads/aws-credentials.ts';

const MEBIBYTE = 2 ** 20;
const LARGEST = 2 ** 31 - 1;

const bytes = whole(1024, LARGEST);
/** Comma-separated items; spaces and empty ones do not count. */
const list = (item: z.ZodMiniType<string, string>) => z.pipe(z.pipe(z.string(), z.transform(splitList)), z.array(item));

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
  FLEET_MAX_IDLE_MS: setting(
    whole(1_000, 86_400_000),
    240_000,
    'connections that were unused for so long, awake or frozen, are replaced by new ones',
  ),
  FLEET_MIN_RESOLUTION_MS: setting(
    whole(1_000, 86_400_000),
    5_000,
    'least time between two looks at the name in FLEET_TARGET',
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
  IMAGE_TIMEOUT_MS: setting(whole(1, 60_000), 10_000, 'most time that fetching a picture, or reading an upload, takes'),
  IMAGE_ALLOWED_HOSTS: setting(
    list(z.string().check(z.regex(/^[^/@\s]+$/, 'must be host or host:port'))),
    '',
    'comma-separated hosts (host or host:port) that may have private addresses and any port',
  ),
  UPLOAD_BUCKET: setting(
    z.string().check(z.regex(/^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$/, 'must be the name of a bucket')),
    '',
    'S3 bucket that POST /v1/uploads gives access to; empty: there are no uploads',
  ),
  UPLOAD_MAX_BYTES: setting(bytes, 32 * MEBIBYTE, 'largest upload; pictures: MAX_IMAGE_BYTES if that is less'),
  UPLOAD_EXPIRES_SECONDS: setting(
    whole(1, 43_200),
    900,
    'how long an upload may be started; temporary credentials that end sooner end it, too',
  ),
  UPLOAD_PUBLIC_ENDPOINT: setting(
    z.string(),
    '',
    'how clients reach the S3 endpoint, where that is not how the gateway does',
  ),
  S3_ENDPOINT: setting(
    z.string(),
    '',
    'host:port or URL of an S3-compatible store, before AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL; empty: Amazon',
  ),
  AWS_ENDPOINT_URL_S3: setting(z.string(), '', 'the same, as the tools of AWS know it'),
  AWS_ENDPOINT_URL: setting(z.string(), '', 'the same, for all services of AWS'),
  S3_FORCE_PATH_STYLE: setting(
    z.enum(['auto', '1', '0', 'true', 'false']),
    'auto',
    'whether the bucket stands in the path of URLs, not in the host name; auto: with an endpoint',
  ),
  AWS_REGION: setting(z.string(), '', 'region of the bucket; Lambda sets it'),
  FEATURE_STORES: setting(
    featureStoresSchema,
    '{}',
    'feature stores by the names that manifests have for them, as JSON; see docs/features.md',
  ),
  FEATURE_TIMEOUT_MS: setting(whole(1, 60_000), 1_000, 'most time that a feature store takes'),
  FEATURE_CACHE_BYTES: setting(bytes, 16 * MEBIBYTE, 'memory for features that were looked up'),
  FEATURE_CACHE_TTL_MS: setting(
    whole(0, 86_400_000),
    10_000,
    'how old features may be that are not looked up again; 0 looks up always',
  ),
  PREDICTION_CACHE_BYTES: setting(
    whole(0, LARGEST),
    0,
    'memory for answers to requests that name a version by its number; 0 remembers none',
  ),
  PREDICTION_CACHE_TTL_MS: setting(whole(1, 86_400_000), 60_000, 'how old a remembered answer may be'),
  ...authorizerSettings,
  REQUIRE_GRANT: setting(
    z.pipe(
      z.enum(['true', 'false']),
      z.transform((text) => text === 'true'),
    ),
    'false',
    'whether requests are refused that no authorizer has granted; those in AUTH_MODE always are',
  ),
  QUOTA_TABLE: setting(
    z.string().check(z.regex(/^([A-Za-z0-9_.-]{3,255})?$/, 'must be the name of a table')),
    '',
    'DynamoDB table in which all gateways together count the requests of a key; without one, each counts for itself',
  ),
  QUOTA_ON_FAULT: setting(
    z.enum(['open', 'closed']),
    'open',
    'whether requests pass that cannot be counted because the table does not answer',
  ),
  DEFAULT_QUOTA_PER_MINUTE: setting(
    whole(0, 1_000_000_000),
    0,
    'most requests a minute of a caller whose grant has no quota; 0 is no limit',
  ),
  CORS_ALLOWED_ORIGINS: setting(
    list(z.string().check(z.regex(/^(\*|https?:\/\/[^/\s]+)$/, 'must be an origin such as https://example.com, or *'))),
    '',
    'comma-separated origins of pages that may ask from a browser, or *; unset: none',
  ),
  NO_BACKEND_RETRY_SECONDS: setting(
    whole(1, 3600),
    30,
    'Retry-After of an answer 503 because no model server is there; where one is busy it is 1',
  ),
  POWERTOOLS_SERVICE_NAME: setting(
    z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters without spaces')),
    'tensorfleet',
    'the field service of log lines, and the dimension service of metrics',
  ),
  POWERTOOLS_METRICS_NAMESPACE: setting(
    z.string().check(z.regex(/^([\w.\-/#][\w.\-/#:]{0,254})?$/, 'must be a namespace of CloudWatch')),
    '',
    "namespace of metrics in CloudWatch's embedded metric format on standard output; unset: no metrics",
  ),
  LOG_LEVEL: setting(z.enum(['debug', 'info', 'warn', 'error', 'silent']), 'info', 'least severe line to log'),
});

/** The URLs of stores have passwords. */
const SECRET_SETTINGS = ['FEATURE_STORES'];

export type GatewayConfig = Readonly<z.output<typeof gatewayConfigSchema>>;

/**
 * The configuration in an environment; unset and empty variables have their default, other variables are not its
 * business. Throws INVALID_ARGUMENT with all problems at once.
 */
export function resolveGatewayConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): GatewayConfig {
  return readSettings(gatewayConfigSchema, environment, "the gateway's", SECRET_SETTINGS);
}

/**
 * The AWS credentials in an environment as they are at this moment; undefined when it has none, or AWS_PROFILE names
 * others.
 */
export function readAwsCredentials(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): AwsCredentials | undefined {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  return AWS_PROFILE || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY
    ? undefined
    : {
        accessKeyId: AWS_ACCESS_KEY_ID,
        secretAccessKey: AWS_SECRET_ACCESS_KEY,
        ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
      };
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
