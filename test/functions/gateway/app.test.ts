import { Code, internal, StatusError, unavailable } from '@tensorfleet/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { errorOf, type GatewayUnderTest, gatewayUnderTest, readerOf } from './gateway-under-test.ts';

const PREDICT = '/v1/models/half_plus_two:predict';

describe('gateway', () => {
  let gateway: GatewayUnderTest;

  beforeEach(() => {
    gateway = gatewayUnderTest();
  });

  describe('routes', () => {
    it('lists the models with their versions', async () => {
      gateway.fleet.serve('reader', 2, readerOf(['a']));
      expect(await (await gateway.app.request('/v1/models')).json()).toEqual({
        models: [
          { name: 'half_plus_two', versions: [{ version: '1', state: 'READY', reason: '' }] },
          {
            name: 'reader',
            versions: [
              { version: '1', state: 'READY', reason: '' },
              { version: '2', state: 'READY', reason: '' },
            ],
          },
        ],
      });
    });

    it('shows the status of a model', async () => {
      const response = await gateway.app.request('/v1/models/reader');
      expect(await response.json()).toMatchObject({ model_version_status: [{ version: '1', state: 'AVAILABLE' }] });
    });

    it('shows the signatures of a version', async () => {
      const response = await gateway.app.request('/v1/models/half_plus_two/versions/1/metadata');
      expect(await response.json()).toMatchObject({ model_spec: { name: 'half_plus_two', version: '1' } });
      expect(gateway.fleet.log).toEqual(['metadata 1']);
    });

    it.each([
      ['SERVING', 200, 'ok'],
      ['NOT_SERVING', 503, 'unavailable'],
      ['UNKNOWN', 503, 'unavailable'],
    ] as const)('says at /healthz that the fleet is %s', async (fleetStatus, status, text) => {
      gateway.fleet.healthStatus = fleetStatus;
      const response = await gateway.app.request('/healthz');
      expect([response.status, await response.json()]).toEqual([status, { status: text, fleet: fleetStatus }]);
    });

    it('gives the fleet a second to answer for /healthz, and shows why it did not', async () => {
      gateway.fleet.before = () => {
        throw unavailable('no connection');
      };
      const response = await gateway.app.request('/healthz');
      expect([response.status, await response.json()]).toEqual([503, { status: 'unavailable', fleet: 'UNAVAILABLE' }]);
      expect(gateway.fleet.calls[0]?.options.timeoutMs).toBe(1_000);
    });

    it.each([
      ['POST', '/v1/models/m:classify', 501, ':classify is not supported'],
      ['POST', '/v1/models/m:regress', 501, ':regress is not supported'],
      ['POST', '/v1/models/m:explain', 400, 'Malformed request: POST /v1/models/m:explain'],
      ['GET', '/v1/models/m:predict', 400, 'Malformed request: GET'],
      ['PUT', '/v1/models/m', 400, 'Malformed request: PUT'],
      ['POST', '/v1/models/m/versions/99999999999999999999:predict', 400, '99999999999999999999'],
      ['GET', '/v1/models/%ZZ', 400, 'percent-encoding'],
      ['GET', '/v1/models/nobody', 404, 'Could not find any versions of model nobody'],
      ['GET', '/v1/models/__proto__', 404, '__proto__'],
      ['GET', '/v1/models/reader/versions/7/metadata', 404, 'Servable not found'],
      ['POST', '/v1/models/reader/labels/none:predict', 400, 'none'],
      ['GET', '/', 404, 'no such path: GET /'],
      ['POST', '/healthz', 404, 'no such path: POST /healthz'],
    ])('answers %s %s with %i', async (method, path, status, words) => {
      const body = method === 'GET' ? null : '{"instances": [1]}';
      const response = await gateway.app.request(path, { method, body });
      expect([response.status, await errorOf(response)]).toEqual([status, expect.stringContaining(words)]);
    });

    it('decodes a name after its path was read, so that an encoded slash is part of the name', async () => {
      await gateway.app.request('/v1/models/team%2Fmnist/versions/2', {}, {});
      expect(gateway.fleet.calls[0]?.spec).toEqual({ name: 'team/mnist', version: 2 });
    });

    it('believes the raw target of its host rather than the URL of the request', async () => {
      await gateway.app.request('/metadata', {}, { rawTarget: '/v1/models/%2e%2e/metadata?x=1' });
      expect(gateway.fleet.calls[0]).toMatchObject({ method: 'metadata', spec: { name: '..' } });
    });
  });

  describe('errors', () => {
    it('tells a client to come back when the fleet is UNAVAILABLE', async () => {
      gateway.fleet.before = () => {
        throw unavailable('queue is full');
      };
      const response = await gateway.post(PREDICT, '{"instances": [1]}');
      expect([response.status, response.headers.get('retry-after'), await errorOf(response)]).toEqual([
        503,
        '1',
        'queue is full',
      ]);
    });

    it.each([
      ['an INTERNAL error', internal('secret table is corrupt')],
      ['an error without a code', new TypeError('secret is not a function')],
      ['an UNKNOWN error', new StatusError(Code.Unknown, 'secret')],
    ])('hides %s from the client and logs it once', async (_, error) => {
      gateway.fleet.before = () => {
        throw error;
      };
      const response = await gateway.app.request('/v1/models/reader', { headers: { 'x-request-id': 'r-1' } });
      expect([response.status, await errorOf(response)]).toEqual([
        500,
        "internal error, see the gateway's log for request r-1",
      ]);
      expect(gateway.logLines.filter(({ level }) => level === 'error')).toMatchObject([
        { facts: { requestId: 'r-1' } },
      ]);
    });
  });

  it('writes one line per request with model, version, status, code and duration', async () => {
    gateway.fleet.before = () => gateway.clock.advance(3);
    await gateway.post(PREDICT, '{"instances": [1]}', { 'x-request-id': 'r-1' });
    await gateway.app.request('/v1/models/nobody', { headers: { 'x-request-id': 'r-2' } });
    expect(gateway.logLines.map(({ facts }) => facts)).toMatchObject([
      {
        requestId: 'r-1',
        method: 'POST',
        target: PREDICT,
        status: 200,
        code: 'OK',
        durationMs: 6,
        model: 'half_plus_two',
        version: 1,
      },
      {
        requestId: 'r-2',
        method: 'GET',
        target: '/v1/models/nobody',
        status: 404,
        code: 'NOT_FOUND',
        durationMs: 3,
        model: 'nobody',
        reason: 'Could not find any versions of model nobody',
      },
    ]);
  });
});
