import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Code, openCall, type StatusError, unavailable } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImageFetcher, type ImageFetcher } from '../../../../functions/src/gateway/fetch/fetch-image.ts';
import type { ResolveHost } from '../../../../functions/src/gateway/fetch/ssrf-guard.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';

const MAX_BYTES = 1_000;
const TIMEOUT_MS = 5_000;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const redirectTo =
  (location: string, status = 302): Answer =>
  (_, response) =>
    response.writeHead(status, { location }).end('elsewhere');

const bytes =
  (count: number): Answer =>
  (_, response) =>
    response.end(Buffer.alloc(count, 1));

describe('createImageFetcher', () => {
  let clock: FakeClock;
  let server: Server;
  let origin: string;
  let routes: Map<string, Answer>;
  let asked: string[];
  let resolved: string[];
  let images: ImageFetcher;
  let connections: number;

  beforeEach(async () => {
    clock = new FakeClock();
    routes = new Map();
    asked = [];
    resolved = [];
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      (routes.get(request.url ?? '') ?? bytes(3))(request, response);
    });
    connections = 0;
    server.on('connection', () => {
      connections++;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    origin = `http://127.0.0.1:${port}`;
    const resolve: ResolveHost = async (hostname) => {
      resolved.push(hostname);
      if (hostname === 'unknown.example') {
        throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
      }
      return [{ address: '127.0.0.1', family: 4 }];
    };
    const allowedHosts = [`127.0.0.1:${port}`, `images.internal:${port}`];
    images = createImageFetcher({ maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS, allowedHosts }, { clock, resolve });
  });

  afterEach(async () => {
    await images[Symbol.asyncDispose]();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const fetchImage = async (url: string): Promise<Uint8Array> => {
    using call = openCall(clock, 'r', Number.POSITIVE_INFINITY);
    return images.fetchImage(url, call.context);
  };

  const errorOf = (url: string): Promise<StatusError> =>
    fetchImage(url).then(
      () => expect.fail(`${url} was fetched`),
      (error) => error,
    );

  it('fetches up to the last allowed byte', async () => {
    routes.set('/full', bytes(MAX_BYTES));
    expect(await fetchImage(`${origin}/full`)).toHaveLength(MAX_BYTES);
  });

  it('resolves the names of allowed hosts through the same resolver', async () => {
    expect(await fetchImage(`${origin.replace('127.0.0.1', 'images.internal')}/x`)).toHaveLength(3);
    expect(resolved).toEqual(['images.internal']);
  });

  it.each([true, false])('refuses one byte too many (declared: %s)', async (isDeclared) => {
    routes.set('/big', (_, response) => {
      response.writeHead(200, isDeclared ? { 'content-length': MAX_BYTES + 1 } : {});
      response.write(Buffer.alloc(MAX_BYTES));
      response.end(Buffer.alloc(1));
    });
    expect(await errorOf(`${origin}/big`)).toMatchObject({
      code: Code.ResourceExhausted,
      message: expect.stringContaining(String(MAX_BYTES)),
    });
  });

  it('refuses a name that resolves to a private address before it connects, and asks once', async () => {
    expect(await errorOf('http://pictures.example/x')).toMatchObject({
      code: Code.PermissionDenied,
      message: expect.stringContaining('"pictures.example"'),
    });
    expect([asked, resolved]).toEqual([[], ['pictures.example']]);
  });

  it('follows three redirects and not a fourth', async () => {
    for (let i = 0; i < 4; i++) {
      routes.set(`/${i}`, redirectTo(`/${i + 1}`, [301, 302, 307, 308][i]));
    }
    expect(await fetchImage(`${origin}/1`)).toHaveLength(3);
    expect(await errorOf(`${origin}/0`)).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining('more than 3 times'),
    });
  });

  it.each([
    ['http://127.0.0.1/', Code.PermissionDenied, '"127.0.0.1"'],
    ['http://[::1]/', Code.PermissionDenied, '"[::1]"'],
    ['http://pictures.example/', Code.PermissionDenied, '"pictures.example"'],
    ['file:///etc/passwd', Code.InvalidArgument, 'scheme'],
    ['http://pictures.example:22/', Code.InvalidArgument, 'port 22'],
  ])('refuses a redirect to %s', async (location, code, words) => {
    routes.set('/r', redirectTo(location));
    expect(await errorOf(`${origin}/r`)).toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it.each([
    [404, Code.InvalidArgument],
    [204, Code.InvalidArgument],
    [304, Code.InvalidArgument],
    [500, Code.Unavailable],
    [503, Code.Unavailable],
  ])('names the status %i of a host that has no picture', async (status, code) => {
    routes.set('/x', (_, response) => response.writeHead(status).end());
    expect(await errorOf(`${origin}/x`)).toMatchObject({
      code,
      message: expect.stringContaining(`answered ${status}`),
    });
  });

  it('rejects with INVALID_ARGUMENT for a host that does not exist', async () => {
    expect(await errorOf('http://unknown.example/')).toMatchObject({
      code: Code.InvalidArgument,
      message: 'the host "unknown.example" does not exist',
    });
  });

  it('rejects with UNAVAILABLE when the host breaks off', async () => {
    routes.set('/broken', (_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('x', () => response.destroy());
    });
    expect(await errorOf(`${origin}/broken`)).toMatchObject({ code: Code.Unavailable });
  });

  it('asks again where the host had closed the connection that was kept from the last picture', async () => {
    await fetchImage(`${origin}/first`);
    const first = connections;
    routes.set('/second', (request, response) => {
      if (connections === first) {
        request.socket.destroy();
      } else {
        response.end('abc');
      }
    });
    expect(await fetchImage(`${origin}/second`)).toHaveLength(3);
    expect(asked).toEqual(['/first', '/second', '/second']);
  });

  it('does not ask again where the host breaks off a new connection', async () => {
    routes.set('/x', (request) => request.socket.destroy());
    expect(await errorOf(`${origin}/x`)).toMatchObject({ code: Code.Unavailable });
    expect(asked).toEqual(['/x']);
  });

  it.each(['headers', 'body'])('rejects with DEADLINE_EXCEEDED when the %s do not come in time', async (part) => {
    routes.set('/slow', (_, response) => {
      if (part === 'body') {
        response.writeHead(200).write('x');
      }
      setImmediate(() => clock.advance(TIMEOUT_MS));
    });
    expect(await errorOf(`${origin}/slow`)).toMatchObject({
      code: Code.DeadlineExceeded,
      message: expect.stringContaining(`${TIMEOUT_MS} ms`),
    });
    expect(clock.armed).toBe(0);
  });

  it('stops with the reason of the call, also while the name is being resolved', async () => {
    using call = openCall(clock, 'r', Number.POSITIVE_INFINITY);
    const never = createImageFetcher(
      { maxBytes: 1, timeoutMs: TIMEOUT_MS },
      { clock, resolve: () => new Promise(() => undefined) },
    );
    const fetched = never.fetchImage('http://pictures.example/', call.context);
    call.abort(unavailable('enough'));
    await expect(fetched).rejects.toThrow('enough');
    await never[Symbol.asyncDispose]();
  });
});
