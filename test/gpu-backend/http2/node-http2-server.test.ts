import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Http2Code, type Http2Server, type ServerStream } from '../../../gpu-backend/src/http2/http2-server.ts';
import { type NodeHttp2Options, resolveNodeHttp2Options } from '../../../gpu-backend/src/http2/node-http2-options.ts';
import { createNodeHttp2Server } from '../../../gpu-backend/src/http2/node-http2-server.ts';
import { describeHttp2Server } from '../../contract/http2-server.contract.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { clientTls, fixedTls, SERVER_CREDENTIALS } from '../../support/certificates.ts';
import { collect, H2Client } from '../../support/h2-client.ts';
import { h2Start } from '../../support/h2-frames.ts';

const POST = { ':method': 'POST', ':path': '/' };

describeHttp2Server('createNodeHttp2Server', () =>
  createNodeHttp2Server({ clock: new FakeClock(), random: () => 0.5 }, { maxConcurrentStreams: 100 }),
);

describeHttp2Server(
  'createNodeHttp2Server with TLS',
  () => {
    const tls = fixedTls(SERVER_CREDENTIALS);
    return createNodeHttp2Server({ clock: new FakeClock(), random: () => 0.5, tls }, { maxConcurrentStreams: 100 });
  },
  clientTls(),
);

/** A server that leaves its streams open, with a client; disposal fails when a connection or a timer is left. */
class Fixture implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly streams: ServerStream[] = [];
  readonly server: Http2Server;
  #client: H2Client | undefined;
  port = 0;
  /** Streams that were told to end. */
  drained = 0;

  constructor(options: NodeHttp2Options, random = 0.5) {
    this.server = createNodeHttp2Server({ clock: this.clock, random: () => random }, options);
  }

  static async open(options: NodeHttp2Options, random?: number): Promise<Fixture> {
    const fixture = new Fixture(options, random);
    const listening = await fixture.server.listen({ host: '127.0.0.1', port: 0 }, (stream) => {
      fixture.streams.push(stream);
      return { onData: () => {}, onEnd: () => {}, onDrain: () => void fixture.drained++, onClose: () => {} };
    });
    fixture.port = listening.port;
    fixture.#client = await H2Client.connect(listening.port);
    return fixture;
  }

  get client(): H2Client {
    if (this.#client === undefined) {
      throw new Error('the fixture is not open');
    }
    return this.#client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.server.close();
    expect([this.server.connections, this.clock.armed]).toEqual([0, 0]);
  }
}

/** A peer that was frozen after it had connected: its side stays open whatever happens. */
async function frozenPeer(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {}).write(h2Start());
  await once(socket, 'data');
  return socket.pause();
}

describe('createNodeHttp2Server', () => {
  test('drains a connection that carried no stream for maxConnectionIdleMs', async () => {
    await using fixture = await Fixture.open({ maxConnectionIdleMs: 1_000 });
    const goaway = once(fixture.client.session, 'goaway');
    fixture.clock.advance(1_000);
    expect((await goaway)[0]).toBe(Http2Code.NoError);
  });

  test('keeps a connection with an open stream, and counts idle time from its end', async () => {
    await using fixture = await Fixture.open({ maxConnectionIdleMs: 1_000 });
    const { client, clock, streams } = fixture;
    const response = client.send(POST);
    await client.roundTrip();
    expect(clock.armed).toBe(0);
    clock.advance(5_000);
    streams[0]!.respond(200, {}, { endStream: true });
    expect((await response).status).toBe(200);
    await client.roundTrip();
    expect(clock.armed).toBe(1);
    clock.advance(999);
    await client.roundTrip();
    const goaway = once(client.session, 'goaway');
    clock.advance(1);
    await goaway;
  });

  test('drains a connection at maxConnectionAgeMs and lets its streams finish', async () => {
    await using fixture = await Fixture.open({ maxConnectionAgeMs: 30_000 });
    const { client, clock, streams } = fixture;
    const goaway = once(client.session, 'goaway');
    const response = client.send(POST);
    await client.roundTrip();
    clock.advance(30_000);
    expect((await goaway)[0]).toBe(Http2Code.NoError);
    streams[0]!.respond(200, {}, { endStream: true });
    expect((await response).status).toBe(200);
  });

  test('tells what is left after maxConnectionAgeGraceMs to end, and cuts it later', async () => {
    await using fixture = await Fixture.open({ maxConnectionAgeMs: 30_000, maxConnectionAgeGraceMs: 5_000 });
    const { client, clock, streams } = fixture;
    const goaway = once(client.session, 'goaway');
    const [endless, frozen] = [client.send(POST), client.send(POST)];
    await client.roundTrip();
    clock.advance(30_000);
    await goaway;
    clock.advance(4_999);
    expect(fixture.drained).toBe(0);
    clock.advance(1);
    expect(fixture.drained).toBe(2);
    streams[0]!.respond(200, {}, { endStream: true });
    expect((await endless).status).toBe(200);
    clock.advance(5_000);
    expect((await frozen).status).toBe(0);
  });

  test('pings, and cuts a peer that does not answer within keepaliveTimeoutMs', async () => {
    await using fixture = await Fixture.open({ keepaliveTimeMs: 10_000, keepaliveTimeoutMs: 2_000 });
    const { client, clock, port, server } = fixture;
    const socket = await frozenPeer(port);
    const pinged = once(client.session, 'ping');
    clock.advance(10_000);
    await pinged;
    await client.roundTrip();
    clock.advance(2_000);
    await client.roundTrip();
    expect(server.connections).toBe(1);
    socket.destroy();
  });

  test.each([
    [0, 27_000],
    [0.5, 30_000],
    [0.999_999, 33_000],
  ])('spreads ages: random %d lets a connection live %d ms', async (random, ageMs) => {
    const options = { maxConnectionAgeMs: 30_000, maxConnectionIdleMs: Number.POSITIVE_INFINITY };
    await using fixture = await Fixture.open(options, random);
    fixture.clock.advance(ageMs - 1);
    await fixture.client.roundTrip();
    const goaway = once(fixture.client.session, 'goaway');
    fixture.clock.advance(2);
    await goaway;
  });

  test('resets a stream whose upload stands still after the response', async () => {
    await using fixture = await Fixture.open({});
    const { client, clock, streams } = fixture;
    const stream = client.open(POST);
    const response = collect(stream);
    await client.roundTrip();
    streams[0]!.respond(200, {}, { endStream: true });
    await client.roundTrip();
    expect(stream.closed).toBe(false);
    clock.advance(1_000);
    expect(await response).toMatchObject({ status: 200, resetCode: Http2Code.NoError });
  });

  test('close() does not wait for a peer that never closes its side', async () => {
    await using fixture = await Fixture.open({});
    const socket = await frozenPeer(fixture.port);
    const closed = fixture.server.close();
    fixture.clock.advance(5_000);
    await closed;
    socket.destroy();
  });

  test('destroy() during close() does not wait for such a peer either', async () => {
    await using fixture = await Fixture.open({});
    const socket = await frozenPeer(fixture.port);
    const closed = fixture.server.close();
    await fixture.server.destroy();
    await closed;
    socket.destroy();
  });

  test('cuts a connection that resets streams faster than it may, and serves the next', async () => {
    await using fixture = await Fixture.open({ streamResetBurst: 50, streamResetsPerSecond: 1 });
    const { client, port } = fixture;
    const closed = new Promise<void>((resolve) => client.session.once('close', () => resolve()));
    for (let index = 0; index < 200; index++) {
      client.open(POST).close(Http2Code.Cancel);
    }
    await closed;
    await using other = await H2Client.connect(port);
    await other.roundTrip();
  });

  test('tolerates a burst of resets up to streamResetBurst', async () => {
    await using fixture = await Fixture.open({ streamResetBurst: 201, streamResetsPerSecond: 1 });
    for (let index = 0; index < 200; index++) {
      fixture.client.open(POST).close(Http2Code.Cancel);
    }
    await fixture.client.roundTrip();
    expect(fixture.client.session.closed).toBe(false);
  });

  test('tolerates keepalive pings without streams', async () => {
    await using fixture = await Fixture.open({});
    for (let index = 0; index < 50; index++) {
      await fixture.client.roundTrip();
    }
    expect(fixture.client.session.closed).toBe(false);
  });

  test('closes connections beyond maxConnections', async () => {
    await using fixture = await Fixture.open({ maxConnections: 1 });
    const socket = connect(fixture.port, '127.0.0.1').resume();
    await once(socket, 'close');
    expect(fixture.server.connections).toBe(1);
    await fixture.client.roundTrip();
  });
});

describe('resolveNodeHttp2Options', () => {
  test.each<NodeHttp2Options>([
    { maxConnections: 0 },
    { maxConcurrentStreams: 0.5 },
    { maxHeaderListBytes: 1_023 },
    { maxSessionBytes: 1 },
    { streamWindowBytes: 65_534 },
    { streamWindowBytes: 2 ** 31 },
    { streamResetBurst: Number.NaN },
    { maxConnectionIdleMs: 0 },
    { maxConnectionAgeMs: -1 },
    { maxConnectionAgeGraceMs: -1 },
    { keepaliveTimeMs: 0 },
    { keepaliveTimeoutMs: 0 },
  ])('refuses %j', (options) => {
    expect(() => resolveNodeHttp2Options(options)).toThrow(`${Object.keys(options)[0]} is `);
  });
});
