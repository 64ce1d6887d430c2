import { once } from 'node:events';
import { connect } from 'node:net';
import { encodeGrpcFrame } from '@tensorfleet/codecs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNodeHttp2Server } from '../../../../gpu-backend/src/http2/node-http2-server.ts';
import { createGrpcListener, type GrpcListener } from '../../../../gpu-backend/src/listeners/grpc/grpc-listener.ts';
import { bidirectional, unary } from '../../../../gpu-backend/src/listeners/grpc/grpc-methods.ts';
import { RequestMemory } from '../../../../gpu-backend/src/listeners/request-memory.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { H2Client } from '../../../support/h2-client.ts';
import { H2FrameType, h2Frame, h2Headers, h2Post, h2Reset, h2Start } from '../../../support/h2-frames.ts';

const { Data, Headers, Priority, RstStream, Settings, PushPromise, Ping, GoAway, WindowUpdate, Continuation } =
  H2FrameType;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;
const PADDED = 0x8;
const ACK = 0x1;
const FRAME = Buffer.from(encodeGrpcFrame(Buffer.from('message')));
const LAST_PING = Buffer.from('last one');
const GRPC = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function repeat(count: number, frame: Uint8Array): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => frame));
}

/** A call of a method on stream `id`, without its body. */
function call(id: number, path = '/test.Echo/Echo'): Buffer {
  return h2Headers(id, { ...GRPC, ':scheme': 'http', ':path': path });
}

describe('a GrpcListener and hostile frames', () => {
  let clock: FakeClock;
  let listener: GrpcListener;
  let memory: RequestMemory;
  let port: number;

  beforeEach(async () => {
    clock = new FakeClock();
    memory = new RequestMemory(1_000_000);
    const echo = unary(async (message) => message);
    const stream = bidirectional(async function* (requests) {
      for await (const message of requests) {
        yield message.slice();
      }
    });
    listener = createGrpcListener({
      server: createNodeHttp2Server({ clock, random: () => 0.5 }, { maxConcurrentStreams: 100 }),
      methods: new Map([
        ['/test.Echo/Echo', echo],
        ['/test.Echo/Stream', stream],
      ]),
      clock,
      log: { info: () => {}, error: () => {} },
      memory,
    });
    ({ port } = await listener.listen({ host: '127.0.0.1', port: 0 }));
  });

  afterEach(async () => {
    await listener.close();
    expect([listener.inFlight, memory.heldBytes, clock.armed]).toEqual([0, 0, 0]);
  });

  const expectEcho = async (): Promise<void> => {
    await using client = await H2Client.connect(port);
    const response = await client.send({ ...GRPC, ':path': '/test.Echo/Echo' }, FRAME);
    expect(response.trailers.get('grpc-status')).toBe('0');
  };

  /** Whether the connection is closed by what is sent, or answers a ping after it. */
  const outcomeOf = async (bytes: Uint8Array): Promise<'closed' | 'open'> => {
    const socket = connect(port, '127.0.0.1');
    const ended = Promise.withResolvers<'closed' | 'open'>();
    let received = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.once('close', () => ended.resolve('closed'));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.includes(h2Frame(Ping, ACK, 0, LAST_PING))) {
        ended.resolve('open');
      }
    });
    socket.write(Buffer.concat([h2Start(), bytes, h2Frame(Ping, 0, 0, LAST_PING)]));
    const outcome = await ended.promise;
    if (!socket.destroyed) {
      socket.destroy();
      await once(socket, 'close');
    }
    return outcome;
  };

  test.each<[string, Buffer, 'closed' | 'open']>([
    ['a frame beyond the largest size', h2Frame(Data, 0, 1, Buffer.alloc(16_385)), 'closed'],
    ['bytes on a stream that was never opened', h2Frame(Data, 0, 1, FRAME), 'closed'],
    ['a reset of a stream that was never opened', h2Reset(8), 'closed'],
    ['a stream of the server', call(2), 'closed'],
    ['a stream that goes back', Buffer.concat([call(5), call(3)]), 'open'],
    ['a promise of a client', h2Frame(PushPromise, END_HEADERS, 1, uint32(2)), 'closed'],
    ['settings of a wrong size', h2Frame(Settings, 0, 0, Buffer.alloc(5)), 'closed'],
    ['settings on a stream', h2Frame(Settings, 0, 1), 'closed'],
    ['a window that is too large', h2Frame(Settings, 0, 0, Buffer.from('0004ffffffff', 'hex')), 'closed'],
    ['a window that grows by nothing', h2Frame(WindowUpdate, 0, 0, uint32(0)), 'closed'],
    ['a window that overflows', repeat(2, h2Frame(WindowUpdate, 0, 0, uint32(2 ** 31 - 1))), 'closed'],
    ['a ping of a wrong size', h2Frame(Ping, 0, 0, Buffer.alloc(7)), 'closed'],
    [
      'padding longer than its frame',
      Buffer.concat([call(1), h2Frame(Data, PADDED, 1, Buffer.from([200, 0]))]),
      'open',
    ],
    [
      'headers between the frames of others',
      Buffer.concat([h2Frame(Headers, 0, 1, Buffer.of(0x83)), call(3)]),
      'closed',
    ],
    ['a continuation of nothing', h2Frame(Continuation, END_HEADERS, 1), 'closed'],
    [
      'continuations without end',
      Buffer.concat([h2Frame(Headers, 0, 1), repeat(2_000, h2Frame(Continuation, 0, 1))]),
      'closed',
    ],
    ['headers that are no HPACK', h2Frame(Headers, END_HEADERS, 1, Buffer.alloc(64, 0xff)), 'closed'],
    ['an index beyond the table', h2Frame(Headers, END_HEADERS, 1, Buffer.of(0xfe)), 'closed'],
    ['a table larger than allowed', h2Frame(Headers, END_HEADERS, 1, Buffer.from('3fe1ff7f', 'hex')), 'closed'],
    ['an unknown frame', h2Frame(0xbb, 0xff, 1, Buffer.alloc(100)), 'open'],
    ['a priority of itself', Buffer.concat([call(1), h2Frame(Priority, 0, 1, Buffer.from([0, 0, 0, 1, 9]))]), 'open'],
    ['a farewell, and then a call', Buffer.concat([h2Frame(GoAway, 0, 0, Buffer.alloc(8)), call(1)]), 'open'],
    ['bytes after the end', Buffer.concat([call(1), repeat(2, h2Frame(Data, END_STREAM, 1, FRAME))]), 'open'],
    ['headers without a path', h2Headers(1, { ':method': 'POST', ':scheme': 'http' }), 'open'],
    ['a pseudo header twice', h2Headers(1, { ...GRPC, ':scheme': 'http', ':path': '/a', ':Path': '/b' }), 'open'],
    ['a connection header', h2Headers(1, { ...GRPC, ':scheme': 'http', ':path': '/a', connection: 'close' }), 'open'],
    [
      'more header bytes than allowed',
      h2Headers(1, { ...GRPC, ':scheme': 'http', ':path': '/a', x: 'y'.repeat(16_000) }),
      'open',
    ],
  ])('%s', async (_name, bytes, outcome) => {
    expect(await outcomeOf(bytes)).toBe(outcome);
    await expectEcho();
  });

  test.each<[string, Buffer]>([
    ['pings', repeat(20_000, h2Frame(Ping, 0, 0, Buffer.alloc(8)))],
    ['settings', repeat(20_000, h2Frame(Settings, 0, 0))],
    ['empty frames', Buffer.concat([call(1), repeat(20_000, h2Frame(Data, 0, 1))])],
    ['windows', repeat(20_000, h2Frame(WindowUpdate, 0, 0, uint32(1)))],
    ['priorities', repeat(20_000, h2Frame(Priority, 0, 1, Buffer.from([0, 0, 0, 0, 9])))],
    ['resets of one stream', Buffer.concat([h2Post(), repeat(20_000, h2Frame(RstStream, 0, 1, uint32(8)))])],
    ['streams', Buffer.concat(Array.from({ length: 2_000 }, (_, index) => call(2 * index + 1)))],
    [
      'streams that wait for more',
      Buffer.concat(Array.from({ length: 2_000 }, (_, index) => call(2 * index + 1, '/test.Echo/Stream'))),
    ],
    [
      'messages of nothing',
      Buffer.concat([call(1, '/test.Echo/Stream'), repeat(2_000, h2Frame(Data, 0, 1, Buffer.alloc(50)))]),
    ],
  ])('survives a flood of %s, and holds nothing after it', async (_name, bytes) => {
    expect(['open', 'closed']).toContain(await outcomeOf(bytes));
    await expectEcho();
  });

  test.each(['/test.Echo/Echo', '/test.Echo/Stream'])(
    'answers %s to a client that has closed its side',
    async (path) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => {}).resume();
      socket.end(Buffer.concat([h2Start(), call(1, path), h2Frame(Data, END_STREAM, 1, FRAME)]));
      await once(socket, 'close');
      await expectEcho();
    },
  );
});
