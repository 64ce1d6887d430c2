import { Code, NO_BACKEND, StatusError, unavailable } from '@tensorfleet/core';
import type { Metric } from '@tensorfleet/functions';
import { beforeEach, describe, expect, it } from 'vitest';
import { type GatewayUnderTest, gatewayUnderTest, LIMITS } from './gateway-under-test.ts';

const PREDICT = '/v1/models/half_plus_two:predict';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

const unreachable = unavailable('no server of the fleet can be reached', NO_BACKEND);

describe('the gateway`s telemetry', () => {
  let gateway: GatewayUnderTest;
  let measured: { metrics: readonly Metric[]; facts: object | undefined }[];

  beforeEach(() => {
    measured = [];
    gateway = gatewayUnderTest({}, { emitMetrics: (metrics, facts) => measured.push({ metrics, facts }) });
  });

  const predict = (headers: Record<string, string> = {}): Promise<Response> =>
    gateway.post(PREDICT, '{"instances": [1]}', headers);

  const failWith = (error: StatusError): void => {
    gateway.fleet.before = () => Promise.reject(error);
  };

  const countsOf = (): object =>
    Object.fromEntries(
      measured.flatMap(({ metrics }) =>
        metrics.filter(({ value }) => value !== 0).map(({ name, value }) => [name, value]),
      ),
    );

  describe('traces', () => {
    it('puts every call of the fleet below the request, each as a span of its own', async () => {
      await predict({ traceparent: PARENT, tracestate: 'a=1' });
      const sent = gateway.fleet.calls.map(({ options }) => options.metadata);
      const spans = sent.map((metadata) => metadata?.get('traceparent')?.split('-'));
      expect(spans.map((span) => [span?.[0], span?.[1], span?.[3]])).toEqual([
        ['00', TRACE, '01'],
        ['00', TRACE, '01'],
      ]);
      expect(new Set([...spans.map((span) => span?.[2]), '00f067aa0ba902b7']).size).toBe(3);
      expect(sent.map((metadata) => metadata?.get('tracestate'))).toEqual(['a=1', 'a=1']);
    });

    it('begins a trace for a request that brings none, or a hostile one', async () => {
      await predict();
      await predict({ traceparent: `${PARENT}-`, tracestate: 'a=1', 'x-amzn-trace-id': 'Root=1-2-3' });
      const sent = gateway.fleet.calls.map(({ options }) => options.metadata);
      const traces = sent.map((metadata) => metadata?.get('traceparent'));
      expect(traces.every((header) => /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/.test(header ?? ''))).toBe(true);
      expect(traces.some((header) => header?.includes(TRACE))).toBe(false);
      expect(sent.some((metadata) => metadata?.has('tracestate'))).toBe(false);
    });

    it('names the trace in every line about the request', async () => {
      failWith(new StatusError(Code.Internal, 'broken'));
      await predict({ 'x-amzn-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1' });
      const named = {
        trace_id: '5759e988bd862e3fe1be46a994272793',
        xray_trace_id: '1-5759e988-bd862e3fe1be46a994272793',
      };
      expect(gateway.logLines.map(({ level, facts }) => ({ level, facts }))).toMatchObject([
        { level: 'error', facts: named },
        { level: 'info', facts: named },
      ]);
    });
  });

  describe('metrics', () => {
    it('measures every request once', async () => {
      gateway.fleet.before = () => gateway.clock.advance(3);
      await predict({ 'x-request-id': 'r-1', traceparent: PARENT });
      expect(measured.map(({ facts }) => facts)).toMatchObject([{ requestId: 'r-1', trace_id: TRACE }]);
      expect(measured[0]?.metrics).toEqual([
        { name: 'RequestCount', unit: 'Count', value: 1 },
        { name: 'Latency', unit: 'Milliseconds', value: 6 },
        { name: 'ClientErrors', unit: 'Count', value: 0 },
        { name: 'ServerErrors', unit: 'Count', value: 0 },
        { name: 'NoBackend', unit: 'Count', value: 0, isFine: true },
        { name: 'PayloadTooLarge', unit: 'Count', value: 0 },
        { name: 'ColdStart', unit: 'Count', value: 0 },
      ]);
    });

    const late = new StatusError(Code.DeadlineExceeded, 'late', { details: NO_BACKEND });
    const HEALTH = '/healthz';

    it.each([
      ['a caller`s mistake', undefined, PREDICT, '{', { ClientErrors: 1 }],
      ['a body too large', undefined, PREDICT, 'x'.repeat(200_000), { ClientErrors: 1, PayloadTooLarge: 1 }],
      ['no server', unreachable, PREDICT, '{"instances": [1]}', { ServerErrors: 1, NoBackend: 1 }],
      ['no server before the deadline', late, PREDICT, '{"instances": [1]}', { ServerErrors: 1, NoBackend: 1 }],
      ['a busy server', unavailable('the queue is full'), PREDICT, '{"instances": [1]}', { ServerErrors: 1 }],
      [
        'a health check of a fleet at zero, which must not wake it',
        unreachable,
        HEALTH,
        undefined,
        { ServerErrors: 1 },
      ],
    ])('counts %s', async (_name, error, path, body, counts) => {
      if (error !== undefined) {
        failWith(error);
      }
      await gateway.app.request(path, body === undefined ? {} : { method: 'POST', body });
      expect(countsOf()).toEqual({ RequestCount: 1, ...counts });
    });

    it('counts the first request of a sandbox as its cold start', async () => {
      const named = { functionName: undefined, functionArn: undefined, memoryMb: undefined, xrayTrace: undefined };
      const invocation = { coldStart: true, requestId: 'aws-1', ...named };
      await gateway.app.fetch(new Request('http://gateway.invalid/v1/models'), { invocation });
      expect(countsOf()).toMatchObject({ ColdStart: 1 });
    });
  });

  describe('Retry-After', () => {
    it.each([
      ['no server is there', unreachable, 503, '30'],
      ['a server is busy', unavailable('the queue is full'), 503, '1'],
      ['time is over', new StatusError(Code.DeadlineExceeded, 'late', { details: NO_BACKEND }), 504, null],
      ['the caller is wrong', new StatusError(Code.ResourceExhausted, 'too much'), 429, null],
    ])('where %s', async (_name, error, status, retryAfter) => {
      failWith(error);
      const response = await predict();
      expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
    });

    it.each([
      ['no server is there', unreachable, '30'],
      ['a server is busy', unavailable('draining'), '1'],
    ])('of a health check where %s', async (_name, error, retryAfter) => {
      failWith(error);
      const response = await gateway.app.request('/healthz');
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, retryAfter]);
    });
  });
});

describe('the gateway`s answers to other origins', () => {
  const ORIGIN = 'https://app.example';
  const preflight = { method: 'OPTIONS', headers: { origin: ORIGIN, 'access-control-request-method': 'POST' } };

  it('have no headers for them by default', async () => {
    const response = await gatewayUnderTest().post(PREDICT, '{"instances": [1]}', { origin: ORIGIN });
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it.each([
    ['one that is allowed', [ORIGIN], ORIGIN, ORIGIN],
    ['any where all are', ['*'], ORIGIN, '*'],
    ['another', [ORIGIN], 'https://evil.example', null],
    ['one that only begins like it', [ORIGIN], `${ORIGIN}.evil`, null],
  ])('let %s read them, errors included', async (_name, corsOrigins, origin, allowed) => {
    const gateway = gatewayUnderTest({}, { corsOrigins });
    const answers = await Promise.all(
      ['{"instances": [1]}', '{'].map((body) => gateway.post(PREDICT, body, { origin })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    expect(answers.map(({ headers }) => headers.get('access-control-allow-origin'))).toEqual([allowed, allowed]);
    expect(answers.map(({ headers }) => headers.get('access-control-expose-headers'))).toEqual([
      'x-request-id,x-model-version,retry-after',
      'x-request-id,x-model-version,retry-after',
    ]);
  });

  it('allow a preflight without asking who it is, or the fleet', async () => {
    const gateway = gatewayUnderTest({}, { corsOrigins: [ORIGIN] });
    const headers = { ...preflight.headers, 'access-control-request-headers': 'content-type,x-api-key' };
    const response = await gateway.app.request(PREDICT, { ...preflight, headers });
    expect([response.status, response.headers.get('access-control-allow-headers'), gateway.fleet.calls]).toEqual([
      204,
      'content-type,x-api-key',
      [],
    ]);
    expect(response.headers.get('access-control-allow-methods')).toBe('GET,HEAD,POST');
    expect(response.headers.get('access-control-max-age')).toBe('600');
  });

  it('say no more to a preflight from elsewhere', async () => {
    const gateway = gatewayUnderTest({}, { corsOrigins: ['https://other.example'] });
    const response = await gateway.app.request(PREDICT, preflight);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('still keep the limits', async () => {
    const gateway = gatewayUnderTest({}, { corsOrigins: [ORIGIN] });
    const body = 'x'.repeat(LIMITS.maxBodyBytes + 1);
    expect((await gateway.post(PREDICT, body, { origin: ORIGIN })).status).toBe(413);
  });
});
