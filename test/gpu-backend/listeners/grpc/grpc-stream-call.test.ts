import { once } from 'node:events';
import type { ClientHttp2Stream } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { encodeGrpcFrame, GrpcFrameDecoder } from '@tensorfleet/codecs';
import { Code, notFound, type StatusError, throwIfOver } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNodeHttp2Server } from '../../../../gpu-backend/src/http2/node-http2-server.ts';
import type { GrpcReport } from '../../../../gpu-backend/src/listeners/call-report.ts';
import { createGrpcListener, type GrpcListener } from '../../../../gpu-backend/src/listeners/grpc/grpc-listener.ts';
import {
  bidirectional,
  type GrpcMethod,
  type StreamContext,
  serverStreaming,
} from '../../../../gpu-backend/src/listeners/grpc/grpc-methods.ts';
import { statusFromTrailers } from '../../../../gpu-backend/src/listeners/grpc/grpc-status.ts';
import { RequestMemory } from '../../../../gpu-backend/src/listeners/request-memory.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { collect, H2Client, type H2Response } from '../../../support/h2-client.ts';

const MAX_BYTES = 1_000;
const CALL = { ':method': 'POST', ':path': '/test.Echo/Stream', 'content-type': 'application/grpc', te: 'trailers' };

function frame(text: string): Buffer {
  return Buffer.from(encodeGrpcFrame(Buffer.from(text)));
}

function gzipFrame(text: string): Buffer {
  const bytes = Buffer.from(encodeGrpcFrame(gzipSync(text)));
  bytes[0] = 1;
  return bytes;
}

function messagesOf(response: H2Response): string[] {
  const decoder = new GrpcFrameDecoder({ maxMessageBytes: 1_000_000 });
  return decoder.push(response.body).map(({ bytes }) => Buffer.from(bytes).toString());
}

function statusOf(response: H2Response): StatusError | undefined {
  return statusFromTrailers(response.trailers.size > 0 ? response.trailers : response.headers);
}

/** Answers each message with itself. */
const echo = bidirectional(async function* (requests) {
  for await (const message of requests) {
    yield message.slice();
  }
});

/** Resolves when the signal aborts. */
async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
}

describe('StreamCall', () => {
  let clock: FakeClock;
  let listener: GrpcListener;
  let client: H2Client;
  let method: GrpcMethod;
  let memory: RequestMemory;
  let reports: GrpcReport[];

  beforeEach(async () => {
    clock = new FakeClock();
    memory = new RequestMemory(5_000);
    reports = [];
    method = echo;
    listener = createGrpcListener({
      server: createNodeHttp2Server({ clock, random: () => 0.5 }),
      methods: { get: () => method } as unknown as ReadonlyMap<string, GrpcMethod>, // the only method that is called
      clock,
      log: { info: () => {}, error: () => {} },
      maxMessageBytes: MAX_BYTES,
      maxReceiveMs: 10_000,
      memory,
      onCall: (report) => void reports.push(report),
    });
    const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
    client = await H2Client.connect(port);
  });

  afterEach(async () => {
    await client[Symbol.asyncDispose]();
    await listener.close();
    expect([listener.inFlight, memory.heldBytes, clock.armed]).toEqual([0, 0, 0]);
  });

  /** Opens a call; `next` gives the next bytes of the answer. */
  const open = (headers: object = {}): { stream: ClientHttp2Stream; response: Promise<H2Response> } => {
    const stream = client.open({ ...CALL, ...headers });
    return { stream, response: collect(stream) };
  };

  const expectEcho = async (): Promise<void> => {
    method = echo;
    expect(messagesOf(await client.send(CALL, frame('again')))).toEqual(['again']);
  };

  test('answers messages in order, as they come', async () => {
    const { stream, response } = open();
    for (const text of ['one', 'two', '']) {
      stream.write(frame(text));
      await once(stream, 'data');
    }
    stream.end();
    expect(messagesOf(await response)).toEqual(['one', 'two', '']);
    expect(statusOf(await response)).toBeUndefined();
    expect(reports).toMatchObject([{ code: Code.Ok, requestBytes: 6, responseBytes: 6 }]);
  });

  test('takes many messages in one chunk, and one in many chunks', async () => {
    const texts = Array.from({ length: 500 }, (_, index) => `m${index}`);
    const all = Buffer.concat(texts.map(frame));
    expect(messagesOf(await client.send(CALL, all))).toEqual(texts);
    const { stream, response } = open();
    for (const byte of frame('slowly')) {
      stream.write(Buffer.of(byte));
    }
    stream.end();
    expect(messagesOf(await response)).toEqual(['slowly']);
  });

  test('takes compressed and plain messages in one stream', async () => {
    const body = Buffer.concat([gzipFrame('zipped'), frame('plain')]);
    expect(messagesOf(await client.send({ ...CALL, 'grpc-encoding': 'gzip' }, body))).toEqual(['zipped', 'plain']);
  });

  test('ends with OK and no message when there is none to answer', async () => {
    const response = await client.send(CALL);
    expect(response.headers.get('grpc-status')).toBe('0');
    expect(response.body.length).toBe(0);
  });

  test.each([
    ['an oversized length', Buffer.concat([frame('a'), Buffer.from([0, 0, 1, 0, 0])]), Code.ResourceExhausted],
    ['a bad compression flag', Buffer.concat([frame('a'), Buffer.from([7, 0, 0, 0, 1, 1])]), Code.InvalidArgument],
    ['compression without an encoding', gzipFrame('a'), Code.InvalidArgument],
    ['a truncated message', Buffer.concat([frame('a'), frame('bcd').subarray(0, 7)]), Code.InvalidArgument],
  ])('ends at %s and serves the next call', async (_name, body, code) => {
    expect(statusOf(await client.send(CALL, body))).toMatchObject({ code });
    await expectEcho();
    expect(reports.map((report) => report.code)).toEqual([code, Code.Ok]);
  });

  test('a method that streams to one message gets it, and is refused without one', async () => {
    method = serverStreaming(async function* (message) {
      yield message;
      yield Buffer.from('more');
    });
    expect(messagesOf(await client.send(CALL, frame('one')))).toEqual(['one', 'more']);
    expect(statusOf(await client.send(CALL))).toMatchObject({ code: Code.Unimplemented });
  });

  test('does not ask for the next answer before the one before has left', async () => {
    let asked = 0;
    method = serverStreaming(async function* () {
      for (; asked < 100; asked++) {
        yield new Uint8Array(100_000);
      }
    });
    const stream = client.open(CALL);
    stream.end(frame('go'));
    await once(stream, 'response');
    await client.roundTrip();
    await client.roundTrip();
    expect(asked).toBeLessThan(5);
    const response = collect(stream);
    expect((await response).body.length).toBe(100 * 100_005);
  });

  test('holds no more of a flood than one chunk completes while the method is busy', async () => {
    const release = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    method = bidirectional(async function* (requests) {
      for await (const message of requests) {
        begun.resolve();
        await release.promise;
        yield message.slice(0, 1);
      }
    });
    const { stream, response } = open();
    const message = frame('x'.repeat(900));
    stream.write(message);
    await begun.promise;
    for (let index = 0; index < 100; index++) {
      stream.write(message);
      await client.roundTrip();
    }
    expect(memory.heldBytes).toBeLessThan(3 * 905);
    release.resolve();
    stream.end();
    expect(messagesOf(await response)).toHaveLength(101);
  });

  test('sends what was answered, then the error', async () => {
    method = serverStreaming(async function* (message) {
      yield message;
      throw notFound('no more');
    });
    const response = await client.send(CALL, frame('one'));
    expect(messagesOf(response)).toEqual(['one']);
    expect(statusOf(response)).toMatchObject({ code: Code.NotFound, message: 'no more' });
  });

  test('ends at the deadline, and the method is told', async () => {
    const contexts: StreamContext[] = [];
    method = serverStreaming(async function* (message, context) {
      contexts.push(context);
      yield message;
      await aborted(context.ending);
      throwIfOver(context);
    });
    const { stream, response } = open({ 'grpc-timeout': '5S' });
    stream.end(frame('one'));
    await once(stream, 'data');
    clock.advance(5_000);
    expect(statusOf(await response)).toMatchObject({ code: Code.DeadlineExceeded });
    expect(messagesOf(await response)).toEqual(['one']);
    expect(contexts[0]?.signal.aborted).toBe(true);
  });

  test('does not run the method when the deadline has passed', async () => {
    let runs = 0;
    method = serverStreaming(async function* (message) {
      runs++;
      yield message;
    });
    const response = await client.send({ ...CALL, 'grpc-timeout': '0n' }, frame('one'));
    expect(statusOf(response)).toMatchObject({ code: Code.DeadlineExceeded });
    expect(runs).toBe(0);
  });

  test.each(['reset', 'cut'])('tells the method with CANCELLED when the stream is %s', async (how) => {
    const left = Promise.withResolvers<unknown>();
    method = serverStreaming(async function* (message, { signal, ending }) {
      yield message;
      await aborted(ending);
      left.resolve(signal.reason);
    });
    const { stream } = open();
    stream.write(frame('one'));
    await once(stream, 'data');
    if (how === 'reset') {
      stream.close(8);
    } else {
      client.session.destroy();
    }
    expect(await left.promise).toMatchObject({ code: Code.Cancelled });
    expect(reports).toMatchObject([{ code: Code.Cancelled }]);
  });

  test.each(['the peer leaves', 'the deadline passes'])(
    'wakes a method whose answer a peer does not read when %s',
    async (why) => {
      const left = Promise.withResolvers<void>();
      method = serverStreaming(async function* () {
        try {
          for (;;) {
            yield new Uint8Array(100_000);
          }
        } finally {
          left.resolve();
        }
      });
      const stream = client.open({ ...CALL, 'grpc-timeout': '5S' });
      stream.end(frame('go'));
      await once(stream, 'response');
      await client.roundTrip();
      if (why === 'the deadline passes') {
        clock.advance(5_000);
        await left.promise;
      }
      stream.close(8);
      await left.promise;
      await client.roundTrip();
    },
  );

  test.each([
    ['no message comes', Buffer.alloc(0)],
    ['a message stops half-way', Buffer.concat([frame('one'), frame('two').subarray(0, 6)])],
  ])('ends with DEADLINE_EXCEEDED when %s for maxReceiveMs', async (_name, body) => {
    const { stream, response } = open();
    stream.write(body);
    await client.roundTrip();
    clock.advance(10_000);
    await once(stream, 'end');
    stream.end();
    expect(statusOf(await response)).toMatchObject({ message: expect.stringContaining('within 10000 ms') });
  });

  test('lets a stream be idle between two messages', async () => {
    const { stream, response } = open();
    stream.write(frame('one'));
    await once(stream, 'data');
    clock.advance(1_000_000);
    stream.end(frame('two'));
    expect(messagesOf(await response)).toEqual(['one', 'two']);
  });

  test('close() ends a stream that waits for its caller with UNAVAILABLE', async () => {
    const { stream, response } = open();
    stream.write(frame('one'));
    await once(stream, 'data');
    const closed = listener.close();
    await once(stream, 'end');
    stream.end();
    expect(statusOf(await response)).toMatchObject({
      code: Code.Unavailable,
      message: expect.stringContaining('again'),
    });
    await closed;
  });

  test('close() ends a stream that waits for news with UNAVAILABLE', async () => {
    method = serverStreaming(async function* (message, { ending }) {
      yield message;
      await aborted(ending);
      ending.throwIfAborted();
    });
    const { stream, response } = open();
    stream.end(frame('one'));
    await once(stream, 'data');
    const closed = listener.close();
    expect(statusOf(await response)).toMatchObject({ code: Code.Unavailable });
    await closed;
  });

  test('close() lets a stream answer what it has taken', async () => {
    const release = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    method = bidirectional(async function* (requests) {
      for await (const message of requests) {
        begun.resolve();
        await release.promise;
        yield message.slice();
      }
    });
    const { stream, response } = open();
    stream.write(Buffer.concat([frame('one'), frame('two')]));
    await begun.promise;
    const closed = listener.close();
    release.resolve();
    await once(stream, 'end');
    stream.end();
    expect(messagesOf(await response)).toEqual(['one', 'two']);
    expect(statusOf(await response)).toMatchObject({ code: Code.Unavailable });
    await closed;
  });
});
