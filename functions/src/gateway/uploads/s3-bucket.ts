import { invalidArgument } from '@tensorfleet/core';

export interface S3BucketOptions {
  readonly bucket: string;
  /** Undefined: us-east-1 with an endpoint, which cares little; Amazon insists on the right one. */
  readonly region: string | undefined;
  /** `http(s)://host:port`, or `host:port` for https. Undefined: Amazon's own. */
  readonly endpoint: string | undefined;
  /** `https://endpoint/bucket/key`, not `https://bucket.endpoint/key`. Undefined: with an endpoint. */
  readonly forcePathStyle: boolean | undefined;
}

/** Where a bucket is. */
export interface S3Bucket {
  readonly region: string;
  urlOf(key: string): string;
}

/** Throws INVALID_ARGUMENT for an endpoint that is none, and when Amazon's region is missing. */
export function resolveS3Bucket({ bucket, region, endpoint, forcePathStyle }: S3BucketOptions): S3Bucket {
  const base = endpoint === undefined ? amazonOf(bucket, region) : endpointOf(endpoint);
  const inPath = forcePathStyle ?? endpoint !== undefined;
  const root = inPath ? `${base.href}${bucket}/` : `${base.protocol}//${bucket}.${base.host}${base.pathname}`;
  return { region: region ?? ANY_REGION, urlOf: (key) => `${root}${key}` };
}

const ANY_REGION = 'us-east-1';

function amazonOf(bucket: string, region: string | undefined): URL {
  if (region === undefined) {
    throw invalidArgument(`the bucket "${bucket}" needs its region: AWS_REGION, or an endpoint of its own, is not set`);
  }
  return new URL(`https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`);
}

function endpointOf(endpoint: string): URL {
  const url = URL.parse(endpoint.includes('://') ? endpoint : `https://${endpoint}`);
  if (url === null || !/^https?:$/.test(url.protocol) || `${url.search}${url.hash}${url.username}` !== '') {
    throw invalidArgument(`the endpoint of S3 is "${endpoint}", which is neither host:port nor an http(s) URL`);
  }
  url.pathname = url.pathname.replace(/\/?$/, '/');
  return url;
}
