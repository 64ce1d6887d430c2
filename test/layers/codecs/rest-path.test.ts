import { parseReadyPath, parseRestPath } from '@tensorfleet/codecs';
import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';

describe('parseRestPath', () => {
  it.each([
    ['POST', '/v1/models/m:predict', { kind: 'infer', verb: 'predict', spec: { name: 'm' } }],
    [
      'POST',
      '/v1/models/m/versions/007:classify',
      { kind: 'infer', verb: 'classify', spec: { name: 'm', version: 7 } },
    ],
    [
      'POST',
      '/v1/models/m/labels/l:regress',
      { kind: 'infer', verb: 'regress', spec: { name: 'm', versionLabel: 'l' } },
    ],
    ['POST', '/V1/Models/m:predict?x=1', { kind: 'infer', verb: 'predict', spec: { name: 'm' } }],
    ['POST', '/v1/models/a%2Fb%3Ac+d:predict', { kind: 'infer', verb: 'predict', spec: { name: 'a/b:c+d' } }],
    ['GET', '/v1/models', { kind: 'models' }],
    ['GET', '/v1/models/m?x=1', { kind: 'status', spec: { name: 'm' } }],
    ['GET', '/v1/models/m/versions/1', { kind: 'status', spec: { name: 'm', version: 1 } }],
    ['GET', '/v1/models/m/labels/l/metadata', { kind: 'metadata', spec: { name: 'm', versionLabel: 'l' } }],
  ])('%s %s is understood', (method, path, target) => {
    expect(parseRestPath(method, path)).toEqual(target);
  });

  it.each([
    ['POST', '/v1/foo'],
    ['POST', '/v1/models'],
    ['POST', '/v1/models/m'],
    ['POST', '/v1/models/m:PREDICT'],
    ['POST', '/v1/models/m:predict/'],
    ['POST', '/v1/models/a/b:predict'],
    ['POST', '/v1/models/m/versions/x:predict'],
    ['POST', '/v1/models/m/versions/-1:predict'],
    ['POST', '/v1/models/m/versions/1/labels/l:predict'],
    ['POST', '/v1/models/m/label/l:predict'],
    ['POST', '/v1/models/m/metadata'],
    ['GET', '/v1/models/m:predict'],
    ['PUT', '/v1/models/m:predict'],
  ])('%s %s is nothing of the API', (method, path) => {
    expect(parseRestPath(method, path)).toBeUndefined();
  });

  it.each([
    ['/v1/models/m/versions/9223372036854775808', 'Failed to convert version: 9223372036854775808 to numeric.'],
    ['/v1/models/%zz', '"%zz" in the path is not valid percent-encoding'],
  ])('refuses %s with its reason', (path, message) => {
    expect(() => parseRestPath('GET', path)).toThrow(expect.objectContaining({ code: Code.InvalidArgument, message }));
  });
});

describe('parseRestPath: reserved characters', () => {
  const encoded = '%21%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3D%3F%40%5B%5D';
  const decoded = "!#$%&'()*+,/:;=?@[]";

  it.each([
    ['GET', `/v1/models/m${encoded}`, 'status'],
    ['GET', `/v1/models/m${encoded}/labels/l${encoded}`, 'status'],
    ['GET', `/v1/models/m${encoded}/labels/l${encoded}/metadata`, 'metadata'],
    ['POST', `/v1/models/m${encoded}:predict`, 'infer'],
    ['POST', `/v1/models/m${encoded}/labels/l${encoded}:predict`, 'infer'],
  ])('%s %s has them in its names', (method, path, kind) => {
    const label = path.includes('/labels/') ? { versionLabel: `l${decoded}` } : {};
    expect(parseRestPath(method, path)).toMatchObject({ kind, spec: { name: `m${decoded}`, ...label } });
  });
});

describe('parseReadyPath', () => {
  it.each([
    ['/v2/models/m/ready', { name: 'm' }],
    ['/v1/models/m/ready', { name: 'm' }],
    ['/v2/models/a%2Fb/versions/3/ready', { name: 'a/b', version: 3 }],
    ['/v1/models/m/labels/stable/ready', { name: 'm', versionLabel: 'stable' }],
  ])('%s asks for %j', (path, spec) => {
    expect(parseReadyPath(path)).toEqual(spec);
  });

  it.each([
    '/v2/models/ready',
    '/v3/models/m/ready',
    '/v2/models/m/ready/',
    '/v2/models/a/b/ready',
    '/v2/models//ready',
  ])('%s is nothing of it', (path) => {
    expect(parseReadyPath(path)).toBeUndefined();
  });
});
