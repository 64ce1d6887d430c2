import { once } from 'node:events';
import { existsSync, linkSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Http2Server } from '../../../gpu-backend/src/http2/http2-server.ts';
import { createNodeHttp2Server } from '../../../gpu-backend/src/http2/node-http2-server.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

describe('an Http2Server on a Unix socket', () => {
  let directory: string;
  let path: string;
  let server: Http2Server;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'socket-'));
    path = join(directory, 's');
    server = createNodeHttp2Server({ clock: new FakeClock(), random: () => 0.5 });
  });

  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  const listen = (at = path): Promise<{ readonly port: number }> =>
    server.listen({ path: at }, (stream) => {
      stream.respond(204, { 'x-peer': stream.peer }, { endStream: true });
      return { onData: () => {}, onEnd: () => {}, onClose: () => {} };
    });

  const answerOf = async (): Promise<object> => {
    const session = connectHttp2('http://localhost', { createConnection: () => new Socket().connect(path) });
    const stream = session.request({ ':path': '/' });
    const [headers] = await once(stream.resume(), 'response');
    await new Promise<void>((resolve) => session.close(resolve));
    return headers;
  };

  /** The file that a process leaves behind when it is killed. */
  const leaveSocket = async (): Promise<void> => {
    const other = createServer().listen(path);
    await once(other, 'listening');
    const kept = join(directory, 'kept');
    linkSync(path, kept);
    await once(other.close(), 'close');
    renameSync(kept, path);
  };

  test('answers there, and removes the file when it closes', async () => {
    expect(await listen()).toEqual({ port: 0 });
    expect(await answerOf()).toMatchObject({ ':status': 204 });
    await server.close();
    expect(existsSync(path)).toBe(false);
  });

  test('listens on a port and a socket at once', async () => {
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 }, () => expect.fail('nobody calls'));
    await listen();
    expect(port).toBeGreaterThan(0);
    expect(await answerOf()).toMatchObject({ ':status': 204 });
  });

  test('takes the place of a socket that a killed process has left', async () => {
    await leaveSocket();
    await listen();
    expect(await answerOf()).toMatchObject({ ':status': 204 });
  });

  test('refuses a socket on which somebody listens, and leaves it alone', async () => {
    await listen();
    const second = createNodeHttp2Server({ clock: new FakeClock(), random: () => 0.5 });
    await expect(second.listen({ path }, () => expect.fail('nobody calls'))).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: `socket ${path} is in use by another process`,
    });
    await second.close();
    expect(await answerOf()).toMatchObject({ ':status': 204 });
  });

  test('refuses the name of another file, and leaves it alone', async () => {
    writeFileSync(path, 'precious');
    await expect(listen()).rejects.toThrow(`cannot listen on ${path}: it exists and is not a socket`);
    expect(existsSync(path)).toBe(true);
  });

  test('refuses a name that is too long for the kernel', async () => {
    const long = join(directory, 'x'.repeat(100));
    await expect(listen(long)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: `the path of a socket has at most 107 bytes, ${long} has ${long.length}`,
    });
  });

  test('names a directory that is not there', async () => {
    await expect(listen(join(directory, 'none', 's'))).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining('none'),
    });
  });
});
