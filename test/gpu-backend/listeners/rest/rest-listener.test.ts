import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  type CallContext,
  Code,
  internal,
  NO_RETRY,
  payloadTooLarge,
  resourceExhausted,
  type StatusError,
  systemClock,
  unavailable,
} from '@tensorfleet/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { RestReport } from '../../../../gpu-backend/src/listeners/call-report.ts';
import { RequestMemory } from '../../../../gpu-backend/src/listeners/request-memory.ts';
import { JSON_TYPE } from '../../../../gpu-backend/src/listeners/rest/rest-answer.ts';
import {
  createRestListener,
  type RestHandler,
  type RestListener,
  type RestListenerOptions,
} from '../../../../gpu-backend/src/listeners/rest/rest-listener.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { silentLog } from '../../../support/silent-log.ts';

const MAX_BODY_BYTES = 1000;
const open: RestListener[] = [];

afterEach(async () => {
  for (const listener of open.splice(0)) {
    listener.destroy();
    await listener.close();
  }
});

async function listen(
  handler: RestHandler,
  log = silentLog(),
  memory = new RequestMemory(Number.POSITIVE_INFINITY),
  more: Partial<RestListenerOptions> = {},
): Promise<{ listener: RestListener; url: string; port: number }> {
  const listener = createRestListener({
    handler,
    clock: systemClock,
    log,
    maxBodyBytes: MAX_BODY_BYTES,
    memory,
    ...more,
  });
  open.push(listener);
  const port = await listener.listen(0, '127.0.0.1');
  return { listener, port, url: `http://127.0.0.1:${port}/` };
}

/** The answer to bytes that are sent as they are; the connection is not closed from this side. */
async function exchange(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  socket.write(request);
  await once(socket, 'close');
  return answer;
}

const echo: RestHandler = async (request) => ({ status: 200, contentType: JSON_TYPE, body: await request.body() });

describe('RestListener admission', () => {
  const refuse: Partial<RestListenerOptions> = {
    admission: ({ method, target }, { deadline }) =>
      resourceExhausted(`${method} ${target} ${Number.isFinite(deadline) ? 'in time' : 'at any time'}`, {
        retryAfterMs: '1200',
      }),
  };
  const never: RestHandler = () => Promise.reject(new Error('the handler was asked'));

  it('answers a request that is refused by its head, with Retry-After', async () => {
    const { url } = await listen(never, silentLog(), undefined, refuse);
    const response = await fetch(url, { method: 'POST', body: '{}', headers: { 'x-request-timeout-ms': '5000' } });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '2']);
    expect(await response.json()).toEqual({ error: 'POST / in time' });
  });

  it('keeps the connection after a small body that was not read, and reads the next request behind it', async () => {
    const { port } = await listen(never, silentLog(), undefined, refuse);
    const answers = await exchange(
      port,
      'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\n\r\n',
    );
    expect(answers.match(/POST \/. at any time/g)).toEqual(['POST /a at any time', 'POST /b at any time']);
    expect(answers.match(/connection: close/gi)).toHaveLength(1); // that with the long body
  });
});

describe('RestListener', () => {
  it('gives the body to the handler, unzipped', async () => {
    const { url } = await listen(echo);
    const response = await fetch(url, {
      method: 'POST',
      body: gzipSync('hello'),
      headers: { 'content-encoding': 'gzip' },
    });
    expect(await response.text()).toBe('hello');
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    { name: 'a body that says it is too large', body: 'x'.repeat(MAX_BODY_BYTES + 1), headers: {} },
    { name: 'a zip bomb', body: gzipSync('x'.repeat(100_000)), headers: { 'content-encoding': 'gzip' } },
  ])('refuses $name with 413', async ({ body, headers }) => {
    const { url } = await listen(echo);
    const response = await fetch(url, { method: 'POST', body, headers });
    expect(response.status).toBe(413);
    expect(await response.text()).toContain(`the limit is ${MAX_BODY_BYTES}`);
  });

  it('refuses a chunked body that grows too large, without reading all of it', async () => {
    const { url } = await listen(echo);
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(500));
      },
    });
    const init = { method: 'POST', body: endless, duplex: 'half' } as const;
    const status = await fetch(url, init).then(
      (response) => response.status,
      () => 'cut', // the client may still be sending when the connection closes
    );
    expect([413, 'cut']).toContain(status);
    expect(sent).toBeLessThan(10_000);
  });

  it('answers a chunked body that grows too large', async () => {
    const { port } = await listen(echo);
    const chunk = `400\r\n${'x'.repeat(0x400)}\r\n`;
    const answer = await exchange(port, `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain(`more than ${MAX_BODY_BYTES} bytes`);
  });

  it('takes an encoding in any case', async () => {
    const { url } = await listen(echo);
    const headers = { 'content-encoding': 'GZip' };
    expect(await (await fetch(url, { method: 'POST', body: gzipSync('hello'), headers })).text()).toBe('hello');
  });

  it('gives handlers the target without scheme and host', async () => {
    const { port } = await listen(async ({ target }) => ({ status: 200, contentType: JSON_TYPE, body: target }));
    const answer = await exchange(
      port,
      'GET http://fleet.example/v1/a%2Fb?c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/\r\n\r\n\/v1\/a%2Fb\?c$/);
  });

  it.each([
    { name: 'bodies', body: Buffer.alloc(600), headers: {} },
    { name: 'what bodies unzip to', body: gzipSync(Buffer.alloc(600)), headers: { 'content-encoding': 'gzip' } },
  ])('answers 503 when $name of all requests together are too large, until one is done', async ({ body, headers }) => {
    const memory = new RequestMemory(1_000);
    const held = memory.open();
    held.take(500);
    const { url } = await listen(echo, silentLog(), memory);
    const refused = await fetch(url, { method: 'POST', body, headers });
    expect(refused.status).toBe(503);
    expect(await refused.text()).toContain('the limit is 1000');
    held[Symbol.dispose]();
    expect((await fetch(url, { method: 'POST', body, headers })).status).toBe(200);
    expect(memory.heldBytes).toBe(0);
  });

  it('counts what a handler holds until the handler is done, also after the answer', async () => {
    const memory = new RequestMemory(1_000);
    const release = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const handler: RestHandler = async (request) => {
      await request.body();
      await release.promise;
      done.resolve();
      return { status: 200, contentType: JSON_TYPE, body: '' };
    };
    const { url } = await listen(handler, silentLog(), memory);
    const init = { method: 'POST', body: 'x'.repeat(100), headers: { 'x-request-timeout-ms': '50' } };
    expect((await fetch(url, init)).status).toBe(504);
    expect(memory.heldBytes).toBe(100);
    release.resolve();
    await done.promise;
    await Promise.resolve();
    await Promise.resolve();
    expect(memory.heldBytes).toBe(0);
  });

  it('answers when the deadline passes, whatever the handler does', async () => {
    const { url } = await listen(() => new Promise(() => undefined));
    const response = await fetch(url, { headers: { 'x-request-timeout-ms': '20' } });
    expect(response.status).toBe(504);
  });

  it.each(['abc', '1e3', ''])('refuses the timeout "%s"', async (header) => {
    const { url } = await listen(echo);
    const response = await fetch(url, { headers: { 'x-request-timeout-ms': header } });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('x-request-timeout-ms');
  });

  it('tells the handler when the client leaves', async () => {
    const aborted = Promise.withResolvers<unknown>();
    const started = Promise.withResolvers<void>();
    const { port } = await listen((_request, context) => {
      context.signal.addEventListener('abort', () => aborted.resolve(context.signal.reason));
      started.resolve();
      return new Promise(() => undefined);
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await started.promise;
    socket.destroy();
    await expect(aborted.promise).resolves.toMatchObject({ code: Code.Cancelled });
  });

  it('shows our faults as a fixed sentence and logs their cause once', async () => {
    const log = silentLog();
    const { url } = await listen(async () => {
      throw internal('secret path /etc/x');
    }, log);
    const response = await fetch(url);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain('secret');
    expect(text).toContain(response.headers.get('x-request-id') ?? 'no id');
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('passes the message of other errors', async () => {
    const { url } = await listen(async () => {
      throw unavailable('the queue is full');
    });
    const response = await fetch(url);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ error: 'the queue is full' });
  });

  it('survives a request that is no HTTP', async () => {
    const { port, url } = await listen(echo);
    const socket = connect(port, '127.0.0.1');
    socket.resume().end('\x16\x03\x01nonsense\r\n\r\n');
    await once(socket, 'close');
    expect((await fetch(url, { method: 'POST', body: 'ok' })).status).toBe(200);
  });

  it('names the port that is taken', async () => {
    const { port } = await listen(echo);
    const second = createRestListener({ handler: echo, clock: systemClock, log: silentLog(), maxBodyBytes: 1 });
    await expect(second.listen(port, '127.0.0.1')).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: `port 127.0.0.1:${port} is in use by another process`,
    });
  });

  it('finishes open requests before close resolves', async () => {
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { listener, url } = await listen(async () => {
      started.resolve();
      await release.promise;
      return { status: 200, contentType: JSON_TYPE, body: 'late' };
    });
    const answer = fetch(url).then((response) => response.text());
    await started.promise;
    const closed = listener.close();
    release.resolve();
    await expect(answer).resolves.toBe('late');
    await closed;
  });

  it.each<[string, StatusError, string | null]>([
    ['the time that the refusal names', resourceExhausted('busy', { retryAfterMs: '1200' }), '2'],
    ['at least a second', unavailable('busy', { retryAfterMs: '3' }), '1'],
    ['a second where nobody knows', unavailable('loading'), '1'],
    ['a second where the detail is no number', unavailable('busy', { retryAfterMs: 'soon' }), '1'],
    ['nothing where the request must not come again', unavailable('broke the worker', NO_RETRY), null],
    ['nothing for what will never fit', payloadTooLarge('too large'), null],
    ['nothing for our faults', internal('bug'), null],
  ])('tells clients to wait %s', async (_, error, seconds) => {
    const { url } = await listen(async () => {
      throw error;
    });
    expect((await fetch(url)).headers.get('retry-after')).toBe(seconds);
  });

  it("keeps the client's request id when it is fit for headers and logs", async () => {
    const { url } = await listen(echo);
    const idOf = async (id: string) =>
      (await fetch(url, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idOf('run-7/step:3')).toBe('run-7/step:3');
    expect(await idOf('two words')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idOf('x'.repeat(129))).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('limits the time of a request from the arrival of its body on', async () => {
    const clock = new FakeClock();
    const handling = Promise.withResolvers<CallContext>();
    const handler: RestHandler = async (request, context) => {
      clock.advance(500);
      await request.body();
      handling.resolve(context);
      return new Promise(() => undefined);
    };
    const { url } = await listen(handler, silentLog(), undefined, { clock, timeoutMs: 200 });
    const answer = fetch(url, { method: 'POST', body: 'x' });
    expect((await handling.promise).deadline).toBe(clock.now() + 200);
    clock.advance(200);
    expect((await answer).status).toBe(504);
  });

  it("takes the client's limit when it is shorter than the server's", async () => {
    const clock = new FakeClock();
    const handler: RestHandler = async (request, context) => {
      await request.body();
      return { status: 200, contentType: JSON_TYPE, body: String(context.deadline - clock.now()) };
    };
    const { url } = await listen(handler, silentLog(), undefined, { clock, timeoutMs: 200 });
    const left = async (timeout: string) =>
      (await fetch(url, { method: 'POST', body: 'x', headers: { 'x-request-timeout-ms': timeout } })).text();
    expect(await left('50')).toBe('50');
    expect(await left('500')).toBe('200');
  });

  it('puts the headers of CORS on errors, too', async () => {
    const handler: RestHandler = async () => {
      throw unavailable('loading');
    };
    const { url } = await listen(handler, silentLog(), undefined, { corsOrigins: ['https://app.example'] });
    const response = await fetch(`${url}v1/models/m`, { headers: { origin: 'https://app.example' } });
    expect(response.status).toBe(503);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(response.headers.get('vary')).toBe('Origin');
  });
});

const LARGE = '[0.125, 0.25]'.repeat(1000);

describe('RestListener: gzip', () => {
  const large: RestHandler = async () => ({ status: 200, contentType: JSON_TYPE, body: LARGE });

  it.each([
    { accepted: 'gzip, deflate', encoding: 'gzip' },
    { accepted: 'identity', encoding: null },
    { accepted: 'gzip;q=0', encoding: null },
  ])('answers $accepted with $encoding', async ({ accepted, encoding }) => {
    const { url } = await listen(large);
    const response = await fetch(url, { headers: { 'accept-encoding': accepted } });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(response.headers.get('vary')).toBe('Accept-Encoding');
    expect(await response.text()).toBe(LARGE);
  });

  it('sends small answers as they are', async () => {
    const { url } = await listen(echo);
    const response = await fetch(url, { method: 'POST', body: 'small', headers: { 'accept-encoding': 'gzip' } });
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(response.headers.get('vary')).toBeNull();
  });

  it('answers HEAD with the headers of GET', async () => {
    const { url } = await listen(large, silentLog(), undefined, { corsOrigins: ['https://a.example'] });
    const headersOf = async (method: string) => {
      const headers = { 'accept-encoding': 'gzip', 'x-request-id': 'same' };
      const response = await fetch(`${url}v1/x`, { method, headers });
      const { date, connection, 'keep-alive': _, ...rest } = Object.fromEntries(response.headers);
      return { ...rest, status: response.status };
    };
    const head = await headersOf('HEAD');
    expect(head).toEqual(await headersOf('GET'));
    expect(head).toMatchObject({ vary: 'Origin, Accept-Encoding', 'content-encoding': 'gzip' });
  });
});

describe('RestListener: what is no request', () => {
  it.each([
    ['bytes of another protocol', '\x16\x03\x01nonsense\r\n\r\n', 400],
    ['a control character in the path', 'GET /v1/models/a\x01b HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a space in the path', 'GET /v1/models/a b HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['headers beyond measure', `GET / HTTP/1.1\r\nHost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a negative length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 400],
  ])('refuses %s in JSON and serves the next client', async (_, bytes, status) => {
    const { port, url } = await listen(echo);
    const answer = await exchange(port, bytes);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('content-type: application/json');
    expect(JSON.parse(body)).toEqual({ error: expect.any(String) });
    expect((await fetch(url, { method: 'POST', body: 'ok' })).status).toBe(200);
  });

  it('refuses CONNECT in JSON', async () => {
    const { port } = await listen(echo);
    const answer = await exchange(port, 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 405 [\s\S]*"error"/);
  });

  it.each([
    ['no Host', 'Connection: close'],
    ['an expectation that nobody knows', 'Host: x\r\nConnection: close\r\nExpect: wonders'],
    ['the wish for another protocol', 'Host: x\r\nConnection: upgrade, close\r\nUpgrade: h2c'],
  ])('answers a request with %s', async (_, headers) => {
    const { port } = await listen(echo);
    const answer = await exchange(port, `POST / HTTP/1.1\r\n${headers}\r\nContent-Length: 2\r\n\r\nok`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\nok$/);
  });

  it('cuts a connection that breaks in the middle of an answer, rather than write into it', async () => {
    const { port } = await listen(async () => ({ status: 200, contentType: JSON_TYPE, body: 'x'.repeat(20_000_000) }));
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    let received = '';
    socket.setEncoding('latin1').once('data', () => socket.write('nonsense\r\n\r\n'));
    socket.on('data', (text: string) => {
      received += text;
    });
    await once(socket, 'close');
    expect(received).not.toContain('"error"');
  });

  it('reports each request once, with its sizes, its peer and what it ended as', async () => {
    const reports: RestReport[] = [];
    const listener = createRestListener({
      handler: async (request, { trace }) => {
        trace!.model = 'mnist';
        const body = await request.body();
        if (body.length === 0) {
          throw unavailable('the queue is full');
        }
        return { status: 200, contentType: JSON_TYPE, body: 'answer' };
      },
      clock: systemClock,
      log: silentLog(),
      maxBodyBytes: MAX_BODY_BYTES,
      onRequest: (report) => void reports.push(report),
    });
    open.push(listener);
    const url = `http://127.0.0.1:${await listener.listen(0, '127.0.0.1')}/a?b`;
    const headers = { 'x-request-id': 'mine' };
    await (
      await fetch(url, { method: 'POST', body: gzipSync('hello'), headers: { ...headers, 'content-encoding': 'gzip' } })
    ).text();
    await (await fetch(url, { headers })).text();
    await (await fetch(url, { headers: { ...headers, 'x-request-timeout-ms': 'soon' } })).text();
    const common = { target: '/a?b', requestId: 'mine', peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) };
    expect(reports).toMatchObject([
      { ...common, method: 'POST', status: 200, code: Code.Ok, requestBytes: 5, responseBytes: 6 },
      { ...common, method: 'GET', status: 503, code: Code.Unavailable, requestBytes: 0 },
      { ...common, method: 'GET', status: 400, code: Code.InvalidArgument, trace: undefined },
    ]);
    expect(reports[0]?.trace?.model).toBe('mnist');
    expect(reports[0]?.durationMs).toBeGreaterThan(0);
  });
});
