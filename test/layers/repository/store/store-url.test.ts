import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { isObjectStoreUrl, parseStoreUrl } from '../../../../layers/repository/src/store/store-url.ts';

describe('parseStoreUrl', () => {
  it.each([
    ['s3://models', { kind: 's3', bucket: 'models', prefix: '' }],
    ['s3://models/', { kind: 's3', bucket: 'models', prefix: '' }],
    ['S3://my.models/team a/live/', { kind: 's3', bucket: 'my.models', prefix: 'team a/live' }],
    ['s3://models/100%20/a+b', { kind: 's3', bucket: 'models', prefix: '100%20/a+b' }],
    ['gs://models_1/x', { kind: 'gs', bucket: 'models_1', prefix: 'x' }],
    ['file:///srv/my%20models', { kind: 'directory', path: '/srv/my models' }],
    ['/srv/models', { kind: 'directory', path: '/srv/models' }],
    ['/srv/../srv/s3:/x', { kind: 'directory', path: '/srv/s3:/x' }],
  ])('takes %s apart', (url, place) => {
    expect(parseStoreUrl(url)).toEqual(place);
  });

  it.each([
    ['s3://', 'names no bucket'],
    ['s3:///models', 'names no bucket'],
    ['s3://key:secret@models/x', 'names no bucket'],
    ['s3://models:9000/x', 'names no bucket'],
    ['s3://models/../other', '".."'],
    ['s3://models//x', 'empty part'],
    ['s3://models/x?region=eu-west-1', 'has a query'],
    ['gs://models/x#y', 'has a query or a fragment'],
    ['s3://models/a\nb', 'control character'],
    ['hdfs://namenode/models', 'begins with neither s3://, gs:// nor file://'],
    ['https://models.s3.amazonaws.com/x', 'begins with neither'],
    ['file://server/share', 'names no file of this machine'],
    ['', 'is no path'],
    ['a\0b', 'is no path'],
  ])('refuses %j', (url, message) => {
    expect(() => parseStoreUrl(url)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
    );
  });
});

describe('isObjectStoreUrl', () => {
  it.each([
    ['s3://models', true],
    ['GS://models', true],
    ['file:///srv', false],
    ['/srv/s3://', false],
    ['s3:/models', false],
  ])('%s: %s', (text, is) => {
    expect(isObjectStoreUrl(text)).toBe(is);
  });
});
