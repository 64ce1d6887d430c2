import { describe, expect, it } from 'vitest';
import { openEvent } from '../../../functions/src/lambda/open-event.ts';
import { eventOf, PICTURE_EVENTS } from './lambda-event.ts';

const PREDICT = '/v1/models/mnist:predict';

describe('openEvent', () => {
  it.each([
    ['predict-picture', PREDICT],
    ['http-api-named-stage', PREDICT],
    ['http-api-format-1', PREDICT],
    ['rest-api', `${PREDICT}?note=a&note=gr%C3%B6%C3%9Fe%20%26%20co`],
    ['rest-api-custom-domain', `${PREDICT}?note=a&note=gr%C3%B6%C3%9Fe%20%26%20co`],
    ['alb', `${PREDICT}?note=gr%C3%B6%C3%9Fe`],
    ['alb-multi-value', `${PREDICT}?note=a&note=gr%C3%B6%C3%9Fe`],
    ['alb-health-check', '/healthz'],
    ['function-url', PREDICT],
    ['function-url-encoded-slash', '/v1/models/team%2Fmnist/versions/2'],
    ['model-status', '/v1/models/mnist?verbose=1'],
  ])('finds in %s what the client asked for: %s', (name, rawTarget) => {
    expect(openEvent(eventOf(name)).request.rawTarget).toBe(rawTarget);
  });

  it.each(PICTURE_EVENTS)('finds method, headers, body and client in %s', (name) => {
    const { request } = openEvent(eventOf(name));
    const headers = new Headers([...request.headers].map(([header, value]): [string, string] => [header, value]));
    expect(request).toMatchObject({ method: 'POST', isBase64Encoded: true, sourceIp: '203.0.113.7' });
    expect([headers.get('content-type'), Buffer.from(request.body ?? '', 'base64').length]).toEqual(['image/png', 238]);
  });

  it.each([
    ['http-api-lambda-authorizer', { keyId: 'key-1', tensorfleetGrant: expect.stringContaining('"predict"') }],
    ['http-api-jwt-authorizer', { sub: 'user-1', scope: 'predict:mnist' }],
    ['rest-api', { principalId: 'key-1', tensorfleetGrant: expect.stringContaining('"predict"') }],
  ])('finds in %s what the authorizer says', (name, context) => {
    expect(openEvent(eventOf(name)).request.authorizerContext).toMatchObject(context);
  });

  it.each(['predict-picture', 'http-api-format-1', 'alb', 'function-url'])('finds no authorizer in %s', (name) => {
    expect(openEvent(eventOf(name)).request.authorizerContext).toBeUndefined();
  });

  it.each([
    ['the claims of a JWT in format 1.0', { authorizer: { claims: { sub: 'u' }, scopes: null } }, { sub: 'u' }],
    ['no context where it is null', { authorizer: null }, undefined],
  ])('finds %s', (_name, requestContext, context) => {
    expect(openEvent({ ...eventOf('rest-api'), requestContext }).request.authorizerContext).toEqual(context);
  });

  it.each([
    ['predict-picture', 'JKJaXmPLvHcESHA='],
    ['rest-api', 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef'],
    ['function-url', '9e107d9d-3721-41e2-bd6e-1b6cf0f7a5d4'],
    ['alb', undefined],
  ])('finds the id that the sender of %s gave it', (name, requestId) => {
    expect(openEvent(eventOf(name)).request.requestId).toBe(requestId);
  });

  it('puts cookies together again', () => {
    expect([...openEvent(eventOf('model-status')).request.headers]).toContainEqual(['cookie', 'a=1; b=2']);
  });

  it('keeps every value of a header that came twice', () => {
    const event = { ...eventOf('alb-multi-value'), multiValueHeaders: { 'x-a': ['1', '2'], 'x-b': [] } };
    expect([...openEvent(event).request.headers]).toEqual([
      ['x-a', '1'],
      ['x-a', '2'],
    ]);
  });

  // HTTP APIs decode the path: what would end it, or make another escape, is escaped again.
  it.each([
    ['/v1/models/a b/größe', '/v1/models/a b/größe'],
    ['/v1/a?b#c', '/v1/a%3Fb%23c'],
    ['/v1/100%', '/v1/100%25'],
    ['/v1/models/team%2Fmnist', '/v1/models/team%2Fmnist'],
    ['//other.example/x', '//other.example/x'],
    ['', ''],
  ])('takes the decoded path %j of an HTTP API for %j', (rawPath, rawTarget) => {
    expect(openEvent({ ...eventOf('predict-picture'), rawPath }).request.rawTarget).toBe(rawTarget);
  });

  it.each([
    ['dev', '/dev', '/'],
    ['dev', '/dev/v1', '/v1'],
    ['dev', '/devil/v1', '/devil/v1'],
    ['v1', '/v1/v1/models', '/v1/models'],
    ['$default', '/$default/x', '/$default/x'],
  ])('behind the stage %s takes %s for %s', (stage, rawPath, rawTarget) => {
    const { requestContext, ...event } = eventOf('predict-picture');
    const staged = { ...event, rawPath, requestContext: { ...requestContext, stage } };
    expect(openEvent(staged).request.rawTarget).toBe(rawTarget);
  });

  it.each([
    [undefined, 'the event is undefined'],
    [null, 'the event is null'],
    ['text', 'the event is "text"'],
    [{}, 'an object with no keys'],
    [{ key1: 'value1', key2: 'value2' }, 'an object with the keys key1, key2'],
    [{ Records: [{ eventSource: 'aws:s3' }] }, 'an object with the keys Records'],
    [{ version: '2.0', routeKey: '$connect', requestContext: {} }, 'the keys version, routeKey, requestContext'],
    [[], 'an object with no keys'],
  ])('refuses %j, and says what came and what it takes', (event, words) => {
    expect(() => openEvent(event)).toThrow(words);
    expect(() => openEvent(event)).toThrow('HTTP API, a REST API, an Application Load Balancer or a function URL');
  });
});
