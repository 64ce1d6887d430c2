import { readFile } from 'node:fs/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { diskError } from '@tensorfleet/core';
import type { S3Settings } from './store-settings.ts';

/** A request is sent so often at most, with the SDK's back-off and jitter between. */
const MAX_ATTEMPTS = 4;

/** The SDK's client for these settings. Rejects when the file of authorities cannot be read. */
export async function createS3Client(settings: S3Settings): Promise<S3Client> {
  const { region, endpoint, caFile, credentials, profile, connectTimeoutMs, idleTimeoutMs } = settings;
  const ca = caFile === undefined ? undefined : await readAuthorities(caFile);
  return new S3Client({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    ...(profile !== undefined && { profile }),
    ...(settings.anonymous && ANONYMOUS),
    tls: settings.tls,
    forcePathStyle: settings.forcePathStyle,
    followRegionRedirects: true,
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    requestChecksumCalculation: settings.requestChecksums,
    responseChecksumValidation: settings.responseChecksums,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      socketTimeout: idleTimeoutMs,
      httpsAgent: { rejectUnauthorized: settings.verifyTls, ...(ca !== undefined && { ca }) },
    },
    // The SDK's warnings would go to the console; what matters comes back as an error.
    logger: SILENT,
  });
}

const nothing = (): void => undefined;
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Requests go out as they are. */
const ANONYMOUS = {
  credentials: { accessKeyId: '', secretAccessKey: '' },
  signer: { sign: async <T>(request: T): Promise<T> => request },
};

async function readAuthorities(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (reason) {
    throw diskError(reason, path);
  }
}
