import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { resolveS3Bucket } from '../../../../functions/src/gateway/uploads/s3-bucket.ts';

const NOTHING = { bucket: 'up', region: undefined, endpoint: undefined, forcePathStyle: undefined };

describe('resolveS3Bucket', () => {
  it.each([
    [{ region: 'eu-central-1' }, 'eu-central-1', 'https://up.s3.eu-central-1.amazonaws.com/a/b'],
    [{ region: 'cn-north-1' }, 'cn-north-1', 'https://up.s3.cn-north-1.amazonaws.com.cn/a/b'],
    [{ region: 'eu-central-1', forcePathStyle: true }, 'eu-central-1', 'https://s3.eu-central-1.amazonaws.com/up/a/b'],
    [{ endpoint: 'http://127.0.0.1:9000' }, 'us-east-1', 'http://127.0.0.1:9000/up/a/b'],
    [{ endpoint: 'http://127.0.0.1:9000/' }, 'us-east-1', 'http://127.0.0.1:9000/up/a/b'],
    [{ endpoint: 'store:9000', region: 'here' }, 'here', 'https://store:9000/up/a/b'],
    [{ endpoint: 'https://s.example/gate', forcePathStyle: false }, 'us-east-1', 'https://up.s.example/gate/a/b'],
  ])('finds %j', (options, region, url) => {
    const bucket = resolveS3Bucket({ ...NOTHING, ...options });
    expect([bucket.region, bucket.urlOf('a/b')]).toEqual([region, url]);
  });

  it.each([
    [{}, 'AWS_REGION'],
    [{ endpoint: 'ftp://store' }, 'is "ftp://store"'],
    [{ endpoint: 'https://me:secret@store' }, 'neither host:port'],
    [{ endpoint: 'https://store?x=1' }, 'neither host:port'],
    [{ endpoint: 'not a host' }, 'is "not a host"'],
  ])('throws INVALID_ARGUMENT for %j', (options, words) => {
    expect(() => resolveS3Bucket({ ...NOTHING, ...options })).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(words) }),
    );
  });
});
