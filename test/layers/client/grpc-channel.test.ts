import { type AddressInfo, createServer } from 'node:net';
import { Code, isNoBackend, NO_BACKEND, StatusError, systemClock, unavailable } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { createNodeHttp2Server } from '../../../gpu-backend/src/http2/node-http2-server.ts';
import { createGrpcListener, type GrpcListener } from '../../../gpu-backend/src/listeners/grpc/grpc-listener.ts';
import { type GrpcMethods, unary } from '../../../gpu-backend/src/listeners/grpc/grpc-methods.ts';
import { createGrpcChannel } from '../../../layers/client/src/grpc-channel.ts';
import { type ChannelFixture, describeChannel, MAX_BYTES } from '../../contract/channel.contract.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const log = { info: () => {}, error: () => {} };

function listenerOf(methods: GrpcMethods): GrpcListener {
  const server = createNodeHttp2Server({ clock: systemClock, random: () => 0.5 });
  return createGrpcListener({ server, methods, clock: systemClock, log, maxMessageBytes: MAX_BYTES });
}

async function makeGrpc(methods: GrpcMethods): Promise<ChannelFixture> {
  let listener = listenerOf(methods);
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
  const options = {
    target: `127.0.0.1:${port}`,
    maxReceiveBytes: MAX_BYTES,
    maxSendBytes: 2 * MAX_BYTES,
    retryBaseMs: 20,
  };
  return {
    channel: createGrpcChannel(options, { clock: systemClock }),
    async restart() {
      await listener.destroy();
      listener = listenerOf(methods);
      await listener.listen({ host: '127.0.0.1', port });
    },
    async close() {
      await listener.close();
      expect(listener.inFlight).toBe(0);
    },
  };
}

describeChannel('createGrpcChannel', makeGrpc);

describe('createGrpcChannel', () => {
  const MESSAGE = Buffer.from('message');
  const MAX_IDLE_MS = 240_000;

  test.each([
    ['keeps its connection up to maxIdleMs', MAX_IDLE_MS, MAX_IDLE_MS, 1],
    ['opens a new connection after maxIdleMs, and the old one finishes its calls', MAX_IDLE_MS + 1, 0, 2],
    ['opens a new connection after a freeze in which the monotonic clock stood still', 0, MAX_IDLE_MS + 1, 2],
  ])('%s', async (_name, idleMs, wallMs, connections) => {
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const slow = unary(async (message) => {
      started.resolve();
      await release.promise;
      return message;
    });
    const echo = unary(async (message) => message);
    const server = createNodeHttp2Server({ clock: systemClock, random: () => 0.5 });
    const methods = new Map([
      ['/test.Echo/Echo', echo],
      ['/test.Slow/Slow', slow],
    ]);
    const listener = createGrpcListener({ server, methods, clock: systemClock, log });
    const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
    const clock = new FakeClock();
    let wall = Date.UTC(2026, 0);
    const options = { target: `dns:///127.0.0.1:${port}`, maxIdleMs: MAX_IDLE_MS };
    const channel = createGrpcChannel(options, { clock, wallClock: () => wall });

    const answer = channel.unary('/test.Slow/Slow', MESSAGE);
    await started.promise;
    clock.advance(idleMs);
    wall += wallMs;
    await channel.unary('/test.Echo/Echo', MESSAGE);
    expect(server.connections).toBe(connections);
    release.resolve();
    expect(Buffer.from(await answer)).toEqual(MESSAGE);
    await channel[Symbol.asyncDispose]();
    await listener.close();
  });

  test('rejects with UNAVAILABLE when nobody listens', async () => {
    const server = createNodeHttp2Server({ clock: systemClock, random: () => 0.5 });
    const listener = createGrpcListener({ server, methods: new Map(), clock: systemClock, log });
    const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
    await listener.close();
    const options = { target: `127.0.0.1:${port}`, maxAttempts: 2, retryBaseMs: 1 };
    await using channel = createGrpcChannel(options, { clock: systemClock });
    await expect(channel.unary('/test.Echo/Echo', MESSAGE)).rejects.toMatchObject({
      code: Code.Unavailable,
      message: 'no server of the fleet can be reached',
      details: NO_BACKEND,
    });
  });

  test('says that no server is there when its name does not resolve', async () => {
    const options = { target: 'dns:///fleet.invalid:8500', maxAttempts: 1 };
    await using channel = createGrpcChannel(options, { clock: systemClock });
    await expect(channel.unary('/test.Echo/Echo', MESSAGE)).rejects.toMatchObject({
      code: Code.Unavailable,
      details: NO_BACKEND,
    });
  });

  test('says that no server is there when none lets it connect before the deadline', async () => {
    const silent = createServer(); // takes connections, and never answers
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo; // a TCP server, listening
    await using channel = createGrpcChannel({ target: `127.0.0.1:${port}` }, { clock: systemClock });
    await expect(channel.unary('/test.Echo/Echo', MESSAGE, { timeoutMs: 1_000 })).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
      details: NO_BACKEND,
    });
    silent.close();
  });

  test('does not say so of a server that refuses, or that is too slow', async () => {
    const refuse = unary(() => Promise.reject(unavailable('the queue is full')));
    const slow = unary(() => new Promise<Uint8Array>(() => undefined));
    const listener = listenerOf(
      new Map([
        ['/test.Refuse/Refuse', refuse],
        ['/test.Slow/Slow', slow],
      ]),
    );
    const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
    await using channel = createGrpcChannel({ target: `127.0.0.1:${port}`, retryBaseMs: 1 }, { clock: systemClock });
    const reasonOf = async (path: string): Promise<StatusError> =>
      StatusError.from(await channel.unary(path, MESSAGE, { timeoutMs: 1_000 }).catch((reason: unknown) => reason));
    const errors = await Promise.all(['/test.Refuse/Refuse', '/test.Slow/Slow'].map(reasonOf));
    expect(errors.map((error) => [error.code, isNoBackend(error)])).toEqual([
      [Code.Unavailable, false],
      [Code.DeadlineExceeded, false],
    ]);
    await listener.destroy();
  });
});
