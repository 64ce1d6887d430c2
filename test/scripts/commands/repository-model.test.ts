import { describe, expect, it } from 'vitest';
import { placeOf, repository, repositoryModel } from '../../../scripts/src/commands/repository-model.ts';

describe('repositoryModel', () => {
  it.each([
    ['models/mnist', 'directory', 'models', 'mnist'],
    ['.tensorfleet/models/mnist/', 'directory', '.tensorfleet/models', 'mnist'],
    ['/srv/models/resnet-50', 'directory', '/srv/models', 'resnet-50'],
    ['mnist', 'directory', '.', 'mnist'],
    ['file:///srv/models/mnist', 'directory', '/srv/models', 'mnist'],
    ['s3://bucket/mnist', 'store', 's3://bucket', 'mnist'],
    ['s3://bucket/team/models/mnist/', 'store', 's3://bucket/team/models', 'mnist'],
    ['GS://bucket/models/mnist', 'store', 'gs://bucket/models', 'mnist'],
  ] as const)('splits %s at its last part', (text, kind, root, model) => {
    expect(repositoryModel(text)).toEqual({ kind, root, model });
  });

  it.each([
    ['models/mnist/2', 'models/mnist'],
    ['s3://bucket/models/mnist/2', 's3://bucket/models/mnist'],
  ])('refuses the version %s, which would become a model of that name', (text, root) => {
    expect(() => repositoryModel(text)).toThrow(`"2" is a version: give ${root} and --version 2.`);
  });

  it.each(['', '.', '..', 'models/..', '/'])('refuses "%s"', (text) => {
    expect(() => repositoryModel(text)).toThrow('for example models/mnist');
  });

  it('refuses a bucket without a model', () => {
    expect(() => repositoryModel('s3://bucket')).toThrow('for example s3://bucket/mnist');
  });
});

describe('repository', () => {
  it.each([
    ['s3://bucket', 'store', 's3://bucket'],
    ['s3://bucket/models//', 'store', 's3://bucket/models'],
    ['models/', 'directory', 'models'],
    ['/', 'directory', '/'],
  ] as const)('reads %s', (text, kind, root) => {
    expect(repository(text)).toEqual({ kind, root });
  });

  it.each([
    ['http://bucket/models', 'there is no client for http'],
    ['s3://', 'for example s3://bucket/models'],
    ['s3://bucket//models', 'for example s3://bucket/models'],
    ['file://host/models', 'file:/// and an absolute path'],
  ])('refuses %s', (text, problem) => {
    expect(() => repository(text)).toThrow(problem);
  });
});

describe('placeOf', () => {
  it.each(['models/mnist', 's3://bucket/mnist', 'mnist'])('writes %s as it was', (text) => {
    expect(placeOf(repositoryModel(text))).toBe(text);
  });
});
