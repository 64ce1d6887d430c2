import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { systemClock } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RequestMemory } from '../../../../gpu-backend/src/listeners/request-memory.ts';
import { JSON_TYPE } from '../../../../gpu-backend/src/listeners/rest/rest-answer.ts';
import { createRestListener, type RestListener } from '../../../../gpu-backend/src/listeners/rest/rest-listener.ts';
import { silentLog } from '../../../support/silent-log.ts';

const HOST = 'Host: x\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';

describe('RestListener and hostile transport', () => {
  let listener: RestListener;
  let memory: RequestMemory;
  let port: number;
  /** Method, target and body of every request that reached the handler. */
  let handled: string[];

  beforeEach(async () => {
    memory = new RequestMemory(1_000_000);
    handled = [];
    listener = createRestListener({
      handler: async (request) => {
        const body = Buffer.from(await request.body()).toString();
        handled.push(`${request.method} ${request.target} ${body}`);
        return { status: 200, contentType: JSON_TYPE, body: JSON.stringify(body) };
      },
      clock: systemClock,
      log: silentLog(),
      maxBodyBytes: 10_000,
      memory,
    });
    port = await listener.listen(0, '127.0.0.1');
  });

  afterEach(async () => {
    listener.destroy();
    await listener.close();
    expect(memory.heldBytes).toBe(0);
  });

  const open = (allowHalfOpen = false): Socket =>
    connect({ port, host: '127.0.0.1', allowHalfOpen }).on('error', () => {});

  /** What comes back until the connection ends, or `enough` is there. */
  const answersTo = async (socket: Socket, enough = /$^/): Promise<string> => {
    let received = '';
    const done = Promise.withResolvers<void>();
    socket.setEncoding('latin1').once('close', () => done.resolve());
    socket.on('data', (text: string) => {
      received += text;
      if (enough.test(received)) {
        done.resolve();
      }
    });
    await done.promise;
    socket.destroy();
    return received;
  };

  /** Status codes of the answers to bytes that the client ends with a request of its own for the connection to close. */
  const statusesOf = async (bytes: string): Promise<string[]> => {
    const socket = open();
    socket.write(bytes);
    socket.write(`GET /last HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    const text = await answersTo(socket);
    return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status ?? '');
  };

  const expectNext = async (): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${port}/next`, { method: 'POST', body: 'ok' });
    expect(await response.json()).toBe('ok');
  };

  it.each([
    ['chunked twice', `${CHUNKED}${CHUNKED}\r\n0\r\n\r\n`],
    ['an encoding that only ends like chunked', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['chunked that is not last', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['a length and chunks', `Content-Length: 4\r\n${CHUNKED}\r\n1\r\nZ\r\nQ`],
    ['chunks and a length', `${CHUNKED}Content-Length: 6\r\n\r\n0\r\n\r\nX`],
    ['a length with a sign', 'Content-Length: +2\r\n\r\nab'],
    ['a length in hex', 'Content-Length: 0x2\r\n\r\nab'],
    ['a fraction of a length', 'Content-Length: 2.0\r\n\r\nab'],
    ['a list of lengths', 'Content-Length: 2, 2\r\n\r\nab'],
    ['a length beyond 64 bits', 'Content-Length: 18446744073709551618\r\n\r\nab'],
    ['a space before the colon', 'Content-Length : 2\r\n\r\nab'],
    ['a folded header', 'X: a\r\n b\r\nContent-Length: 2\r\n\r\nab'],
    ['a line that ends in LF alone', 'X: a\nContent-Length: 2\r\n\r\nab'],
    ['a CR within a header', 'X: a\rContent-Length: 2\r\n\r\nab'],
    ['a null within a header', 'X: a\0b\r\n\r\n'],
    ['a header without a name', ': a\r\n\r\n'],
    ['a header without a colon', 'Content-Length\r\n\r\n'],
    ['a chunk size that is none', `${CHUNKED}\r\nxyz\r\n`],
    ['a chunk size with a sign', `${CHUNKED}\r\n-1\r\n\r\n`],
    ['a chunk size beyond 64 bits', `${CHUNKED}\r\nfffffffffffffffff\r\n`],
    ['a chunk longer than its size', `${CHUNKED}\r\n1\r\nab\r\n0\r\n\r\n`],
    ['a chunk size that ends in LF alone', `${CHUNKED}\r\n1\na\r\n0\r\n\r\n`],
    ['an endless extension of a chunk', `${CHUNKED}\r\n1;${'x'.repeat(30_000)}\r\na\r\n0\r\n\r\n`],
  ])('answers nothing after %s', async (_name, rest) => {
    const statuses = await statusesOf(`POST /first HTTP/1.1\r\n${HOST}${rest}`);
    expect(statuses.length).toBeLessThanOrEqual(1);
    expect(['400', '413', undefined]).toContain(statuses[0]);
    expect(handled).toEqual([]);
    await expectNext();
  });

  it.each([
    ['a method of our own', `BREW / HTTP/1.1\r\n${HOST}\r\n`],
    ['a method in lower case', `get / HTTP/1.1\r\n${HOST}\r\n`],
    ['HTTP/1.11', `GET / HTTP/1.11\r\n${HOST}\r\n`],
    ['a tunnel', `CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`],
    ['no target', `GET  HTTP/1.1\r\n${HOST}\r\n`],
  ])('refuses %s without asking a handler', async (_name, bytes) => {
    const statuses = await statusesOf(bytes);
    expect(statuses.filter((status) => status === '200')).toEqual([]);
    expect(handled.filter((request) => request !== 'GET /last ')).toEqual([]);
    await expectNext();
  });

  it.each([
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 'OPTIONS * '],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 'GET / '],
    ['an expectation of its own', `GET /e HTTP/1.1\r\n${HOST}Expect: a-miracle\r\n\r\n`, 'GET /e '],
    ['TRACE', `TRACE / HTTP/1.1\r\n${HOST}\r\n`, 'TRACE / '],
    ['the absolute form', `GET http://other.example/a?b HTTP/1.1\r\n${HOST}\r\n`, 'GET /a?b '],
    ['many headers', `GET /many HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(300)}\r\n`, 'GET /many '],
    ['empty lines before it', `\r\n\r\nGET /late HTTP/1.1\r\n${HOST}\r\n`, 'GET /late '],
  ])('takes %s as a plain request', async (_name, bytes, first) => {
    expect(await statusesOf(bytes)).toEqual(['200', '200']);
    expect(handled).toEqual([first, 'GET /last ']);
  });

  it.each([
    ['a WebSocket', 'HTTP/1.1', 'Connection: Upgrade, close\r\nUpgrade: websocket\r\n'],
    ['HTTP/2 by upgrade', 'HTTP/1.1', 'Connection: Upgrade, close\r\nUpgrade: h2c\r\n'],
    ['HTTP/2 in text', 'HTTP/2.0', 'Connection: close\r\n'],
    ['HTTP/1.0 without a host', 'HTTP/1.0', ''],
    ['a version of its own', 'HTTP/0.9', ''],
  ])('answers %s as it answers others', async (_name, version, headers) => {
    const socket = open();
    socket.write(`GET /a ${version}\r\n${version === 'HTTP/1.0' ? '' : HOST}${headers}\r\n`);
    expect(await answersTo(socket)).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\n""$/s);
    expect(handled).toEqual(['GET /a ']);
  });

  it('answers pipelined requests in their order', async () => {
    const requests = Array.from({ length: 50 }, (_, index) => {
      const body = `${index}`;
      return `POST /${index} HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`;
    });
    const socket = open();
    socket.write(requests.join(''));
    const text = await answersTo(socket, /"49"/);
    expect([...text.matchAll(/\r\n\r\n"(\d+)"/g)].map(([, body]) => Number(body))).toEqual([...requests.keys()]);
  });

  it('answers the requests before a broken one, and none after it', async () => {
    const good = `GET /good HTTP/1.1\r\n${HOST}\r\n`;
    expect(await statusesOf(`${good}nonsense\r\n\r\n${good}`)).toEqual(['200']);
    expect(handled).toEqual(['GET /good ']);
  });

  it('sends 100 Continue to a client that waits for it', async () => {
    const socket = open();
    socket.write(
      `POST /wait HTTP/1.1\r\n${HOST}Content-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
    );
    const [first] = await once(socket, 'data');
    expect(String(first)).toMatch(/^HTTP\/1\.1 100 Continue\r\n/);
    socket.write('body');
    expect(await answersTo(socket)).toContain('"body"');
  });

  it('takes thousands of chunks of one byte', async () => {
    const socket = open();
    socket.write(`POST / HTTP/1.1\r\n${HOST}${CHUNKED}Connection: close\r\n\r\n`);
    for (let index = 0; index < 5_000; index++) {
      socket.write('1\r\nx\r\n');
    }
    socket.write('0\r\n\r\n');
    expect(await answersTo(socket)).toContain('x'.repeat(5_000));
  });

  it('takes a request that comes byte by byte', async () => {
    const socket = open().setNoDelay(true);
    for (const byte of `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nConnection: close\r\n\r\nslow`) {
      socket.write(byte);
    }
    expect(await answersTo(socket)).toContain('"slow"');
  });

  it('answers a client that has closed its side', async () => {
    const socket = open(true);
    socket.end(`POST /half HTTP/1.1\r\n${HOST}Content-Length: 4\r\n\r\nhalf`);
    await answersTo(socket);
    expect(handled).toEqual(['POST /half half']);
    await expectNext();
  });

  it('answers a request once that was refused before its body broke off', async () => {
    const socket = open();
    socket.end(`POST /early HTTP/1.1\r\n${HOST}x-request-timeout-ms: never\r\nContent-Length: 17\r\n\r\n`);
    expect((await answersTo(socket)).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  });

  it.each(['end', 'destroy'] as const)('forgets a client that leaves in the middle of its body by %s', async (how) => {
    const socket = open();
    socket.write(`POST /left HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\nhalf`);
    await expectNext();
    socket[how]();
    await answersTo(socket);
    await expectNext();
    expect(handled).toEqual(['POST /next ok', 'POST /next ok']);
  });
});
