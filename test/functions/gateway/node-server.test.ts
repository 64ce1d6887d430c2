import { request } from 'node:http';
import { connect } from 'node:net';
import { Code } from '@tensorfleet/core';
import { type RunningGateway, startGateway } from '@tensorfleet/functions';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../support/silent-log.ts';
import { type GatewayUnderTest, gatewayUnderTest, LIMITS, picture } from './gateway-under-test.ts';

const HOST = '127.0.0.1';

describe('startGateway', () => {
  let gateway: GatewayUnderTest;
  let running: RunningGateway;
  let base: string;

  beforeEach(async () => {
    gateway = gatewayUnderTest();
    running = await startGateway({ app: gateway.app, port: 0, host: HOST, log: silentLog() });
    base = `http://${HOST}:${running.port}`;
  });

  afterEach(async () => {
    running.destroy();
    await running.close();
  });

  /** One request as raw text; resolves with what the server sends until it closes. */
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(running.port, HOST, () => socket.write(text));
      let received = '';
      socket.on('data', (data) => {
        received += data;
      });
      socket.on('end', () => resolve(received)).on('error', reject);
    });

  it('answers over HTTP what the app answers', async () => {
    const body = picture();
    const response = await fetch(`${base}/v1/models/reader:predict`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'image/png' },
    });
    expect(response.headers.get('x-model-version')).toBe('1');
    expect(await response.json()).toMatchObject({ model: 'reader', predictions: [{ label: 'b' }] });
  });

  it('keeps the target as it was sent', async () => {
    await raw(`GET /v1/models/a%2Fb/%2e%2e/../metadata HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(gateway.logLines[0]?.facts).toMatchObject({ target: '/v1/models/a%2Fb/%2e%2e/../metadata' });
  });

  it.each([
    ['the absolute form of a target', 'GET http://other.example/healthz HTTP/1.1', 'HTTP/1.1 200'],
    ['a target that is no URL', 'GET //[/ HTTP/1.1', 'HTTP/1.1 404'],
    ['an asterisk', 'OPTIONS * HTTP/1.1', 'HTTP/1.1 404'],
    ['a method that no Request has', 'TRACE / HTTP/1.1', 'HTTP/1.1 501'],
    ['HEAD', 'HEAD /healthz HTTP/1.1', 'HTTP/1.1 200'],
  ])('answers %s', async (_, line, expected) => {
    const answer = await raw(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^${expected}`));
  });

  it('takes a body in chunks, and closes the connection when it is too large to be read', async () => {
    const headers = 'Host: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = `${LIMITS.maxBodyBytes.toString(16)}\r\n${' '.repeat(LIMITS.maxBodyBytes)}\r\n`;
    const answer = await raw(`POST /v1/models/reader:predict HTTP/1.1\r\n${headers}${chunk}${chunk}`);
    expect(answer).toMatch(/^HTTP\/1.1 413/);
    expect(answer).toMatch(/connection: close/i);
  });

  it('aborts the call when the client goes away', async () => {
    const aborted = Promise.withResolvers<unknown>();
    gateway.fleet.before = ({ options }) => {
      options.signal?.addEventListener('abort', () => aborted.resolve(options.signal?.reason));
      client.destroy();
      return aborted.promise.then(() => undefined);
    };
    const client = request(`${base}/v1/models/reader`).on('error', () => undefined);
    client.end();
    expect(await aborted.promise).toMatchObject({ code: Code.Cancelled });
  });

  it('finishes the open request on close, and takes no new one', async () => {
    const release = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    gateway.fleet.before = () => {
      started.resolve();
      return release.promise;
    };
    const open = fetch(`${base}/v1/models/reader`);
    await started.promise;
    const closed = running.close();
    await expect(fetch(`${base}/healthz`)).rejects.toThrow();
    release.resolve();
    const response = await open;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
    await closed;
    await running.close();
  });

  it('names the port that is taken', async () => {
    const second = startGateway({ app: gateway.app, port: running.port, host: HOST, log: silentLog() });
    await expect(second).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining(`port ${HOST}:${running.port} is in use`),
    });
  });
});
