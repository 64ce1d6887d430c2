import type { Clock } from '@tensorfleet/core';
import { type GatewayConfig, readAwsCredentials } from '../config.ts';
import { type AwsCredentials, createCredentialSource } from './aws-credentials.ts';
import { resolveS3Bucket } from './s3-bucket.ts';
import { S3UploadStore } from './s3-upload-store.ts';
import type { UploadStore } from './upload-store.ts';

export interface ComposeUploadsDependencies {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number;
  /** Default: those of this process. */
  readonly fromEnvironment?: () => AwsCredentials | undefined;
}

/** The store of uploads that a configuration describes; undefined without one. Throws INVALID_ARGUMENT. */
export function composeUploads(
  config: GatewayConfig,
  { clock, wallClock = Date.now, fromEnvironment = readAwsCredentials }: ComposeUploadsDependencies,
): UploadStore | undefined {
  const { UPLOAD_BUCKET: name, S3_FORCE_PATH_STYLE: pathStyle } = config;
  if (name === '') {
    return undefined;
  }
  const forcePathStyle = pathStyle === 'auto' ? undefined : pathStyle === '1' || pathStyle === 'true';
  const endpoint = config.S3_ENDPOINT || config.AWS_ENDPOINT_URL_S3 || config.AWS_ENDPOINT_URL || undefined;
  const at = (place: string | undefined) =>
    resolveS3Bucket({ bucket: name, region: config.AWS_REGION || undefined, endpoint: place, forcePathStyle });
  return new S3UploadStore(
    {
      bucket: at(endpoint),
      publicBucket: at(config.UPLOAD_PUBLIC_ENDPOINT || endpoint),
      maxBytes: config.UPLOAD_MAX_BYTES,
      expiresSeconds: config.UPLOAD_EXPIRES_SECONDS,
      timeoutMs: config.IMAGE_TIMEOUT_MS,
    },
    { credentials: createCredentialSource({ fromEnvironment }), clock, wallClock, fetch },
  );
}
