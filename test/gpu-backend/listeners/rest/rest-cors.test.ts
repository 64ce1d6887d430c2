import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { checkPreflight, corsHeaders } from '../../../../gpu-backend/src/listeners/rest/rest-cors.ts';

const APP = 'https://app.example';
const LISTED = [APP, 'http://localhost:3000'];

describe('corsHeaders', () => {
  it('allows every origin when * is listed', () => {
    expect(corsHeaders(['*'], '/v1/models/m:predict', undefined)).toEqual({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'POST, GET',
      'access-control-allow-headers': 'Content-Type, x-request-timeout-ms, x-request-id, x-routing-key',
      'access-control-expose-headers': 'x-model-version, x-request-id, Retry-After',
    });
  });

  it('names a listed origin and says that the answer depends on it', () => {
    expect(corsHeaders(LISTED, '/V1/models/m', APP)).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'POST, GET',
      vary: 'Origin',
    });
  });

  it.each(['https://evil.example', 'https://app.example.evil', 'https://APP.example', 'null', '*', undefined])(
    'allows nothing to the origin %s that is not listed',
    (origin) => {
      expect(corsHeaders(LISTED, '/v1/models/m', origin)).toEqual({ vary: 'Origin' });
    },
  );

  it.each([[['*']], [LISTED]])('never allows credentials: %j', (allowed) => {
    expect(corsHeaders(allowed, '/v1/x', APP)).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each([
    ['/v1/models/m', []],
    ['/healthz', LISTED],
    ['/monitoring/prometheus/metrics', LISTED],
  ])('adds nothing to %s where %j are allowed', (target, allowed) => {
    expect(corsHeaders(allowed, target, APP)).toEqual({});
  });
});

describe('checkPreflight', () => {
  it.each(['http://a.example', 'https://a.example:8080'])('takes the origin %s', (origin) => {
    expect(() => checkPreflight(origin)).not.toThrow();
  });

  it.each([undefined, '', 'null', 'ftp://a.example'])('refuses the origin %s', (origin) => {
    expect(() => checkPreflight(origin)).toThrow(expect.objectContaining({ code: Code.FailedPrecondition }));
  });
});
