import { describe, expect, it } from 'vitest';
import { repositoryModel } from '../../../scripts/src/commands/repository-model.ts';

describe('repositoryModel', () => {
  it.each([
    ['models/mnist', { root: 'models', model: 'mnist' }],
    ['.tensorfleet/models/mnist/', { root: '.tensorfleet/models', model: 'mnist' }],
    ['/srv/models/resnet-50', { root: '/srv/models', model: 'resnet-50' }],
    ['mnist', { root: '.', model: 'mnist' }],
  ])('splits %s at its last part', (text, place) => {
    expect(repositoryModel(text)).toEqual(place);
  });

  it('refuses a version, which would become a model of that name', () => {
    expect(() => repositoryModel('models/mnist/2')).toThrow('"2" is a version: give models/mnist and --version 2.');
  });

  it.each(['', '.', '..', 'models/..'])('refuses "%s"', (text) => {
    expect(() => repositoryModel(text)).toThrow('for example models/mnist');
  });

  it('refuses other places than directories', () => {
    expect(() => repositoryModel('s3://bucket/models/mnist')).toThrow('not supported yet');
  });
});
