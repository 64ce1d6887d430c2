import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { accessOf, isOpen } from '../../../functions/src/gateway/access.ts';

describe('accessOf', () => {
  it.each([
    ['GET', '/v1/models', { action: 'read' }],
    ['GET', '/v1/models/mnist', { action: 'read', model: 'mnist' }],
    ['GET', '/v1/models/mnist/versions/3', { action: 'read', model: 'mnist' }],
    ['GET', '/v1/models/team%2Fmnist/metadata', { action: 'metadata', model: 'team/mnist' }],
    ['POST', '/v1/models/mnist:predict', { action: 'predict', model: 'mnist' }],
    ['POST', '/v1/MODELS/mnist/labels/stable:classify', { action: 'predict', model: 'mnist' }],
    ['POST', '/v1/uploads', { action: 'upload' }],
    ['GET', '/openapi.json', { action: 'metadata' }],
  ])('of %s %s', (method, path, expected) => {
    expect(accessOf(method, path)).toEqual(expected);
  });

  it.each([
    ['GET', '/', Code.NotFound],
    ['GET', '/v1/uploads', Code.InvalidArgument],
    ['DELETE', '/v1/models/mnist', Code.InvalidArgument],
    ['POST', '/v2/models/mnist/infer', Code.NotFound],
    ['GET', '/v1/models/%ZZ', Code.InvalidArgument],
  ])('is no access at all for %s %s', (method, path, code) => {
    expect(() => accessOf(method, path)).toThrow(expect.objectContaining({ code }));
  });

  it('is not asked for at /healthz, and there only', () => {
    expect([isOpen('GET', '/healthz'), isOpen('HEAD', '/healthz')]).toEqual([true, true]);
    expect([isOpen('POST', '/healthz'), isOpen('GET', '/healthz/'), isOpen('GET', '/v1/models')]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
