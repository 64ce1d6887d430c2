import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

/** Below this an answer fits into one packet or two, and compressing it costs more than it saves; bytes. */
const MIN_COMPRESSED_BYTES = 1024;

/** The fastest level: JSON of numbers shrinks to about half at any, and a client waits for the answer. */
const OPTIONS = { level: constants.Z_BEST_SPEED } as const;

const gzipAsync = promisify(gzip);

/** Whether an answer's form depends on Accept-Encoding. */
export function isCompressible(body: Uint8Array): boolean {
  return body.length > MIN_COMPRESSED_BYTES;
}

/** On another thread. */
export function compress(body: Uint8Array): Promise<Uint8Array> {
  return gzipAsync(body, OPTIONS);
}

/**
 * Whether a client with this Accept-Encoding header wants gzip: it is named with a weight that is neither 0 nor below
 * that of identity (RFC 9110, 12.5.3). Names count before `*`; a malformed weight is 0.
 */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) {
    return false;
  }
  const weights = new Map<string, number>();
  for (const element of header.toLowerCase().split(',')) {
    const [coding = '', parameter = 'q=1'] = element.split(';', 2).map((part) => part.trim());
    const [, weight = '0'] = WEIGHT.exec(parameter) ?? [];
    weights.set(coding, Number(weight));
  }
  const weight = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  return weight > 0 && weight >= (weights.get('identity') ?? 0);
}

const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;
