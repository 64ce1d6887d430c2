import { gzipSync } from 'node:zlib';
import { StatusError } from '@tensorfleet/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { errorOf, type GatewayUnderTest, gatewayUnderTest, LIMITS } from './gateway-under-test.ts';

const PREDICT = '/v1/models/half_plus_two:predict';

describe('gateway requests', () => {
  let gateway: GatewayUnderTest;

  beforeEach(() => {
    gateway = gatewayUnderTest();
  });

  describe('bodies', () => {
    const atLimit = `{"instances": [1]${' '.repeat(LIMITS.maxBodyBytes - 18)}}`;

    it('takes a body of exactly the limit, plain or unzipped', async () => {
      const plain = await gateway.post(PREDICT, atLimit);
      const zipped = await gateway.post(PREDICT, gzipSync(atLimit), { 'content-encoding': 'gzip' });
      expect([plain.status, zipped.status]).toEqual([200, 200]);
    });

    it.each([
      ['declared', () => gateway.post(PREDICT, 'x', { 'content-length': String(LIMITS.maxBodyBytes + 1) })],
      ['sent', () => gateway.post(PREDICT, `${atLimit} `)],
      ['unzipped', () => gateway.post(PREDICT, gzipSync(`${atLimit} `), { 'content-encoding': 'gzip' })],
      ['a gzip bomb', () => gateway.post(PREDICT, gzipSync(Buffer.alloc(2e7)), { 'content-encoding': 'gzip' })],
    ])('answers 413 to one byte more (%s)', async (_, post) => {
      const response = await post();
      expect([response.status, await errorOf(response)]).toEqual([
        413,
        expect.stringContaining(String(LIMITS.maxBodyBytes)),
      ]);
    });

    it.each([
      ['gzip', 'not valid gzip'],
      ['br', 'content-encoding "br" is not supported'],
    ])('refuses a body that is no %s', async (encoding, words) => {
      const response = await gateway.post(PREDICT, '{"instances": [1]}', { 'content-encoding': encoding });
      expect([response.status, await errorOf(response)]).toEqual([400, expect.stringContaining(words)]);
    });

    it('stops reading a body that does not arrive in time', async () => {
      const cancelled = Promise.withResolvers<unknown>();
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(1)),
        pull: () => {
          gateway.clock.advance(LIMITS.maxRequestMs);
          return new Promise(() => undefined);
        },
        cancel: cancelled.resolve,
      });
      const response = await gateway.app.request(PREDICT, { method: 'POST', body, duplex: 'half' });
      expect(response.status).toBe(504);
      expect(StatusError.is(await cancelled.promise)).toBe(true);
    });
  });

  describe('deadlines', () => {
    it.each([
      ['the limit without a header', {}, {}, LIMITS.maxRequestMs],
      ['less when the client asks for it', { 'x-request-timeout-ms': '250.5' }, {}, 250.5],
      ['no more than the limit', { 'x-request-timeout-ms': '999999999' }, {}, LIMITS.maxRequestMs],
      ['no more than the host leaves', { 'x-request-timeout-ms': '5000' }, { remainingMs: 1_234 }, 1_234],
    ])('gives the fleet %s', async (_, headers, bindings, timeoutMs) => {
      await gateway.app.request('/v1/models/reader', { headers }, bindings);
      expect(gateway.fleet.calls[0]?.options.timeoutMs).toBe(timeoutMs);
    });

    it.each([
      ['0', 504, 'deadline'],
      ['-1', 504, 'deadline'],
      ['soon', 400, 'x-request-timeout-ms is "soon"'],
      ['1e9', 400, 'x-request-timeout-ms is "1e9"'],
    ])('answers a timeout of %s with %i before it asks the fleet', async (header, status, words) => {
      const headers = { 'x-request-timeout-ms': header };
      const response = await gateway.app.request('/v1/models/reader', { headers });
      expect([response.status, await errorOf(response)]).toEqual([status, expect.stringContaining(words)]);
      expect(gateway.fleet.calls).toEqual([]);
    });

    it('answers 504 and aborts the fleet`s call when the time is over', async () => {
      gateway.fleet.before = () => gateway.clock.advance(LIMITS.maxRequestMs);
      const response = await gateway.app.request('/v1/models/reader');
      expect([response.status, gateway.fleet.calls[0]?.options.signal?.aborted]).toEqual([504, true]);
    });

    it('aborts the fleet`s call when the client leaves, and leaves no timer behind', async () => {
      const client = new AbortController();
      gateway.fleet.before = () => client.abort();
      const response = await gateway.app.request('/v1/models/reader', { signal: client.signal });
      expect([response.status, gateway.clock.armed]).toEqual([499, 0]);
    });
  });

  describe('routing keys', () => {
    const ask = (key: string) =>
      gateway.post('/v1/models/half_plus_two:predict', '{"instances": [1]}', { 'x-routing-key': key });

    it('go on to the fleet with the prediction', async () => {
      const response = await ask('user-42');
      expect([response.status, response.headers.get('x-model-version')]).toEqual([200, '1']);
      expect(gateway.fleet.calls.map(({ method, options }) => [method, options.routingKey])).toEqual([
        ['metadata', undefined],
        ['predict', 'user-42'],
      ]);
    });

    it('are refused where they are none', async () => {
      expect((await ask('k'.repeat(257))).status).toBe(400);
      expect(gateway.fleet.calls).toEqual([]);
    });
  });

  describe('request ids', () => {
    it.each([
      ['the client`s', 'abc-123', 'host-1', 'abc-123'],
      ['the host`s when the client`s could forge a log line', 'a\tb', 'host-1', 'host-1'],
      ['the host`s when the client`s is too long', 'x'.repeat(129), 'host-1', 'host-1'],
    ])('uses %s', async (_, sent, requestId, expected) => {
      const response = await gateway.app.request(
        '/v1/models/reader',
        { headers: { 'x-request-id': sent } },
        { requestId },
      );
      expect(response.headers.get('x-request-id')).toBe(expected);
      expect(gateway.fleet.calls[0]?.options.metadata?.get('x-request-id')).toBe(expected);
    });

    it('makes one up when nobody has one, for failures as well', async () => {
      const [a, b] = await Promise.all([gateway.app.request('/healthz'), gateway.app.request('/nowhere')]);
      expect(a.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(b.headers.get('x-request-id')).not.toBe(a.headers.get('x-request-id'));
    });
  });
});
