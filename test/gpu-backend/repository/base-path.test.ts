import { resolve } from 'node:path';
import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { parsePlace, splitStoreUrl } from '../../../gpu-backend/src/repository/base-path.ts';

describe('parsePlace', () => {
  it.each([
    ['/models/mnist', '/models/mnist'],
    ['models', resolve('models')],
    ['file:///models/mnist/', '/models/mnist'],
    ['FILE:///a b%20c', '/a b%20c'],
  ])('takes %s as a directory of this machine', (text, path) => {
    expect(parsePlace(text)).toEqual({ kind: 'directory', path });
  });

  it.each([
    ['s3://bucket', 's3://bucket'],
    ['s3://bucket/', 's3://bucket'],
    ['S3://bucket/a/b/', 's3://bucket/a/b'],
    ['gs://bucket/a%20b', 'gs://bucket/a%20b'],
  ])('takes %s as a place in a store', (text, url) => {
    expect(parsePlace(text)).toEqual({ kind: 'store', url });
  });

  it.each(['http://host/models', 'hdfs://x/y', 's3://', 's3:///models', 's3://bucket//models', 'file://models'])(
    'throws INVALID_ARGUMENT for %s',
    (text) => {
      expect(() => parsePlace(text)).toThrow(expect.objectContaining({ code: Code.InvalidArgument }));
    },
  );
});

describe('splitStoreUrl', () => {
  it('takes the last part as the directory', () => {
    expect(splitStoreUrl('s3://bucket/models/mnist')).toEqual({ root: 's3://bucket/models', directory: 'mnist' });
    expect(splitStoreUrl('gs://bucket/mnist')).toEqual({ root: 'gs://bucket', directory: 'mnist' });
  });

  it('throws INVALID_ARGUMENT for a bucket', () => {
    expect(() => splitStoreUrl('s3://bucket')).toThrow('is a bucket');
  });
});
