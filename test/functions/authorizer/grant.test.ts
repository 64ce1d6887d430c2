import { describe, expect, it } from 'vitest';
import {
  type Grant,
  grantFromClaims,
  grantFromContext,
  grantToContext,
} from '../../../functions/src/authorizer/grant.ts';
import { permits } from '../../../functions/src/authorizer/scope.ts';

const scopes: Grant['scopes'] = [
  { models: ['mnist', 'team-*'], actions: ['predict', 'read'] },
  { models: ['*'], actions: ['metadata'] },
];

describe('permits', () => {
  it.each([
    ['predict', 'mnist', true],
    ['predict', 'mnist2', false],
    ['predict', 'Mnist', false],
    ['predict', 'team-', true],
    ['predict', 'team-a/b', true],
    ['predict', 'team', false],
    ['predict', '*', false],
    ['metadata', '__proto__', true],
    ['upload', 'mnist', false],
    ['read', undefined, true],
    ['upload', undefined, false],
  ] as const)('%s on %s: %s', (action, model, expected) => {
    expect(permits(scopes, action, model)).toBe(expected);
  });
});

describe('a grant', () => {
  it('passes through an authorizer`s context as strings', () => {
    const grant: Grant = { keyId: 'k', scopes, quota: { perMinute: 5 } };
    const context = grantToContext(grant);
    expect(Object.values(context).every((value) => typeof value === 'string')).toBe(true);
    expect(context['keyId']).toBe('k');
    expect(grantFromContext(context, 'scope')).toEqual(grant);
  });

  it.each([
    ['nothing', {}],
    ['an id alone', { keyId: 'k' }],
    ['no JSON', { tensorfleetGrant: '{' }],
    ['null', { tensorfleetGrant: null }],
    [
      'an action that nobody knows',
      { tensorfleetGrant: '{"keyId":"k","scopes":[{"models":["m"],"actions":["all"]}]}' },
    ],
    ['a field that nobody knows', { tensorfleetGrant: '{"keyId":"k","scopes":[],"admin":true}' }],
    ['no id, but a good subject beside it', { tensorfleetGrant: '{"scopes":[]}', sub: 'x', scope: 'predict:*' }],
  ])('is not in a context with %s', (_, context) => {
    expect(grantFromContext(context, 'scope')).toBeUndefined();
  });

  it.each([
    ['words', 'openid predict:mnist read:team-*'],
    ['a list', ['predict:mnist', 'read:team-*', 7]],
    ['API Gateway`s text of a list', '[predict:mnist read:team-*]'],
    ['words that mean nothing', 'predict:mnist read:team-* delete:x predict: :x predict:a*b predict'],
  ])('is read from a claim of %s', (_, claim) => {
    expect(grantFromClaims({ sub: 'auth0|7', permissions: claim }, 'permissions')).toEqual({
      keyId: 'auth0|7',
      scopes: [
        { models: ['mnist'], actions: ['predict'] },
        { models: ['team-*'], actions: ['read'] },
      ],
    });
  });

  it.each([
    ['no subject', { scope: 'predict:*' }],
    ['a subject of 257 characters', { sub: 'x'.repeat(257), scope: 'predict:*' }],
    ['a subject that is no text', { sub: 7, scope: 'predict:*' }],
    ['no scopes', { sub: 'x' }],
    ['scopes of others only', { sub: 'x', scope: 'openid email' }],
  ])('is not in claims with %s', (_, claims) => {
    expect(grantFromClaims(claims, 'scope')).toBeUndefined();
  });
});
