import { invalidArgument } from '@tensorfleet/core';

/** Variables as a process has them; whoever reads `process.env` passes it. */
export type StoreEnvironment = Readonly<Record<string, string | undefined>>;

export interface S3Settings {
  /** Undefined: what the SDK finds in the user's AWS configuration. */
  readonly region?: string;
  /** With its scheme. Undefined: Amazon's own. */
  readonly endpoint?: string;
  readonly tls: boolean;
  readonly verifyTls: boolean;
  /** A PEM file with the only authorities that are trusted. */
  readonly caFile?: string;
  readonly forcePathStyle: boolean;
  /** Requests are not signed; only public buckets answer. */
  readonly anonymous: boolean;
  /** Undefined: the SDK's own chain (profiles, web identity, container, instance). */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly profile?: string;
  /** Checksums on requests and answers: always where the SDK can, or only where S3 insists. */
  readonly requestChecksums: 'WHEN_SUPPORTED' | 'WHEN_REQUIRED';
  readonly responseChecksums: 'WHEN_SUPPORTED' | 'WHEN_REQUIRED';
  readonly connectTimeoutMs: number;
  /** A connection over which nothing has come or gone for so long is given up. */
  readonly idleTimeoutMs: number;
}

export interface GcsSettings {
  /** Of an emulator, with its scheme: it is asked without credentials. Undefined: Google's own. */
  readonly endpoint?: string;
}

/** Servers with an endpoint of their own care little; the SDK insists on a region to sign for. */
const ANY_REGION = 'us-east-1';

const CONNECT_TIMEOUT_MS = 3_000;
const IDLE_TIMEOUT_MS = 20_000;

/**
 * Settings of S3 as TensorFlow Serving's users and Amazon's tools know them; of several names of one thing the first
 * that is set counts, and an empty one is not set:
 *
 * - region: AWS_REGION, S3_REGION, AWS_DEFAULT_REGION
 * - endpoint: S3_ENDPOINT (`host:port`, or a URL), AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL
 * - S3_USE_HTTPS (default 1), S3_VERIFY_SSL (default 1), S3_CA_FILE or AWS_CA_BUNDLE
 * - S3_FORCE_PATH_STYLE: default 1 with an endpoint, else 0
 * - AWS_PROFILE, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, else the SDK's own chain;
 *   AWS_NO_SIGN_REQUEST=1 asks without credentials: that is never chosen silently
 * - S3_CONNECT_TIMEOUT_MSEC (default 3000), S3_REQUEST_TIMEOUT_MSEC (default 20000): without a byte, not in all
 * - AWS_REQUEST_CHECKSUM_CALCULATION, AWS_RESPONSE_CHECKSUM_VALIDATION: when_supported (default) or when_required
 *
 * Throws INVALID_ARGUMENT with all problems at once.
 */
export function readS3Settings(environment: StoreEnvironment): S3Settings {
  const read = new Reader(environment);
  const https = read.flag('S3_USE_HTTPS');
  const endpoint = read.endpoint(['S3_ENDPOINT', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'], https);
  const region =
    read.text('AWS_REGION', 'S3_REGION', 'AWS_DEFAULT_REGION') ?? (endpoint === undefined ? undefined : ANY_REGION);
  const caFile = read.text('S3_CA_FILE', 'AWS_CA_BUNDLE');
  const profile = read.text('AWS_PROFILE');
  const credentials = profile === undefined ? read.credentials() : undefined;
  const settings: S3Settings = {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    tls: https ?? true,
    verifyTls: read.flag('S3_VERIFY_SSL') ?? true,
    ...(caFile !== undefined && { caFile }),
    forcePathStyle: read.flag('S3_FORCE_PATH_STYLE') ?? endpoint !== undefined,
    anonymous: read.flag('AWS_NO_SIGN_REQUEST') ?? false,
    ...(credentials !== undefined && { credentials }),
    ...(profile !== undefined && { profile }),
    requestChecksums: read.checksums('AWS_REQUEST_CHECKSUM_CALCULATION'),
    responseChecksums: read.checksums('AWS_RESPONSE_CHECKSUM_VALIDATION'),
    connectTimeoutMs: read.milliseconds('S3_CONNECT_TIMEOUT_MSEC', CONNECT_TIMEOUT_MS),
    idleTimeoutMs: read.milliseconds('S3_REQUEST_TIMEOUT_MSEC', IDLE_TIMEOUT_MS),
  };
  read.finish();
  return settings;
}

/**
 * Settings of Google Cloud Storage: STORAGE_EMULATOR_HOST (`host:port`, or a URL). Credentials are found by Google's
 * library (GOOGLE_APPLICATION_CREDENTIALS, gcloud, instance).
 */
export function readGcsSettings(environment: StoreEnvironment): GcsSettings {
  const read = new Reader(environment);
  const endpoint = read.endpoint(['STORAGE_EMULATOR_HOST'], undefined, 'http');
  read.finish();
  return endpoint === undefined ? {} : { endpoint };
}

/** Reads variables and gathers what is wrong with them. Values of credentials are never named. */
class Reader {
  readonly #environment: StoreEnvironment;
  readonly #problems: string[] = [];

  constructor(environment: StoreEnvironment) {
    this.#environment = environment;
  }

  text(...names: readonly string[]): string | undefined {
    return names.map((name) => this.#environment[name]).find((value) => value !== undefined && value !== '');
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined || ['1', 'true', 'yes'].includes(value)) {
      return value === undefined ? undefined : true;
    }
    if (!['0', 'false', 'no'].includes(value)) {
      this.#problems.push(`${name} is "${value}", which is neither 0 nor 1`);
    }
    return false;
  }

  milliseconds(name: string, fallback: number): number {
    const value = this.text(name);
    if (value !== undefined && !/^[1-9][0-9]{0,8}$/.test(value)) {
      this.#problems.push(`${name} is "${value}", which is not a number of milliseconds`);
    }
    return value === undefined ? fallback : Number(value);
  }

  checksums(name: string): 'WHEN_SUPPORTED' | 'WHEN_REQUIRED' {
    const value = (this.text(name) ?? 'when_supported').toUpperCase();
    if (value !== 'WHEN_SUPPORTED' && value !== 'WHEN_REQUIRED') {
      this.#problems.push(`${name} is "${value}", which is neither when_supported nor when_required`);
    }
    return value === 'WHEN_REQUIRED' ? value : 'WHEN_SUPPORTED';
  }

  endpoint(names: readonly string[], https: boolean | undefined, scheme = 'https'): string | undefined {
    const name = names.find((each) => this.text(each) !== undefined) ?? '';
    const value = this.text(name);
    if (value === undefined) {
      return undefined;
    }
    const hasScheme = /^https?:\/\//i.test(value);
    const text = hasScheme ? value : `${https === undefined ? scheme : https ? 'https' : 'http'}://${value}`;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || value.includes('://') !== hasScheme || /[?#@]/.test(value)) {
      this.#problems.push(`${name} is "${value.replace(/[^/]*@/, '')}", which is neither host:port nor an http(s) URL`);
      return undefined;
    }
    if (hasScheme && https !== undefined && https !== (url.protocol === 'https:')) {
      this.#problems.push(`${name} is "${value}", but S3_USE_HTTPS is ${https ? 1 : 0}`);
    }
    return url.href.replace(/\/$/, '');
  }

  credentials(): S3Settings['credentials'] {
    const accessKeyId = this.text('AWS_ACCESS_KEY_ID');
    const secretAccessKey = this.text('AWS_SECRET_ACCESS_KEY');
    const sessionToken = this.text('AWS_SESSION_TOKEN');
    if (accessKeyId !== undefined && secretAccessKey !== undefined) {
      return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
    }
    if (accessKeyId !== undefined || secretAccessKey !== undefined) {
      this.#problems.push('of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set');
    }
    return undefined;
  }

  finish(): void {
    if (this.#problems.length > 0) {
      throw invalidArgument(this.#problems.join('; '));
    }
  }
}
