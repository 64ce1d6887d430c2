import { deflateSync, gzipSync } from 'node:zlib';
import { encodeGrpcFrame } from '@tensorfleet/codecs';
import {
  type CallContext,
  type Clock,
  Code,
  notFound,
  resourceExhausted,
  type StatusError,
  unavailable,
} from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNodeHttp2Server } from '../../../../gpu-backend/src/http2/node-http2-server.ts';
import type { GrpcReport } from '../../../../gpu-backend/src/listeners/call-report.ts';
import { createGrpcListener, type GrpcListener } from '../../../../gpu-backend/src/listeners/grpc/grpc-listener.ts';
import { type GrpcMethod, type UnaryMethod, unary } from '../../../../gpu-backend/src/listeners/grpc/grpc-methods.ts';
import { statusFromTrailers } from '../../../../gpu-backend/src/listeners/grpc/grpc-status.ts';
import { RequestMemory } from '../../../../gpu-backend/src/listeners/request-memory.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { collect, H2Client, type H2Response } from '../../../support/h2-client.ts';

const MAX_MEMORY_BYTES = 10_000_000;
const MAX_BYTES = 1_000;
const ECHO = {
  ':method': 'POST',
  ':path': '/test.Echo/Echo',
  'content-type': 'application/grpc',
  te: 'trailers',
  'x-request-id': 'request-7',
};
const MESSAGE = Buffer.from('message');
const FRAME = Buffer.from(encodeGrpcFrame(MESSAGE));

/** A frame with any flag and any claimed length. */
function frame(flag: number, length: number, body: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, body]);
}

function compressedFrame(message: Uint8Array, compress = gzipSync): Buffer {
  const body = compress(message);
  return frame(1, body.length, body);
}

function statusOf(response: H2Response): StatusError | undefined {
  return statusFromTrailers(response.trailers.size > 0 ? response.trailers : response.headers);
}

describe('createGrpcListener', () => {
  let clock: FakeClock;
  let listener: GrpcListener;
  let client: H2Client;
  let port: number;
  let methods: Map<string, GrpcMethod>;
  let memory: RequestMemory;
  let reports: GrpcReport[];
  let logged: { level: 'info' | 'error'; facts: object; message: string }[];

  beforeEach(async () => {
    clock = new FakeClock();
    methods = new Map([['/test.Echo/Echo', unary(async (message) => message)]]);
    memory = new RequestMemory(MAX_MEMORY_BYTES);
    reports = [];
    logged = [];
    const dependencies: { clock: Clock; random: () => number } = { clock, random: () => 0.5 };
    listener = createGrpcListener({
      server: createNodeHttp2Server(dependencies),
      methods,
      clock,
      log: {
        info: (facts, message) => void logged.push({ level: 'info', facts, message }),
        error: (facts, message) => void logged.push({ level: 'error', facts, message }),
      },
      maxMessageBytes: MAX_BYTES,
      maxReceiveMs: 10_000,
      memory,
      requestId: () => 'generated',
      onCall: (report) => void reports.push(report),
    });
    ({ port } = await listener.listen({ host: '127.0.0.1', port: 0 }));
    client = await H2Client.connect(port);
  });

  afterEach(async () => {
    await client[Symbol.asyncDispose]();
    await listener.close();
    expect(listener.inFlight).toBe(0);
    expect(memory.heldBytes).toBe(0);
    expect(clock.armed).toBe(0);
  });

  const expectEcho = async (): Promise<void> => {
    const response = await client.send(ECHO, FRAME);
    expect(statusOf(response)).toBeUndefined();
    expect(response.body.equals(FRAME)).toBe(true);
  };

  /** Serves a method that answers when released and shows its context. */
  const gate = () => {
    const started = Promise.withResolvers<CallContext>();
    const release = Promise.withResolvers<void>();
    methods.set(
      '/test.Echo/Echo',
      unary(async (message, context) => {
        started.resolve(context);
        await release.promise;
        return message;
      }),
    );
    return { started: started.promise, release: () => release.resolve() };
  };

  test('answers with content-type, the frame and status 0', async () => {
    const response = await client.send(ECHO, FRAME);
    expect(response).toMatchObject({ status: 200, resetCode: 0 });
    expect(response.headers.get('content-type')).toBe('application/grpc');
    expect(response.headers.get('grpc-accept-encoding')).toBe('identity,gzip,deflate');
    expect(response.headers.get('x-request-id')).toBe('request-7');
    expect(response.trailers.get('grpc-status')).toBe('0');
    expect(response.body.equals(FRAME)).toBe(true);
  });

  test('tells the method whom the call is for', async () => {
    const keys: (string | undefined)[] = [];
    methods.set(
      '/test.Echo/Echo',
      unary(async (message, { routingKey }) => {
        keys.push(routingKey);
        return message;
      }),
    );
    await client.send({ ...ECHO, 'x-routing-key': 'user-42' }, FRAME);
    await client.send(ECHO, FRAME);
    expect(keys).toEqual(['user-42', undefined]);
  });

  test.each([
    ['answers', undefined],
    ['fails', notFound('gone')],
  ])('names the version that %s', async (_, error) => {
    methods.set(
      '/test.Echo/Echo',
      unary(async (message, { trace }) => {
        Object.assign(trace ?? {}, { version: 7 });
        return error === undefined ? message : Promise.reject(error);
      }),
    );
    const response = await client.send(ECHO, FRAME);
    expect(response.headers.get('x-model-version')).toBe('7');
    expect(statusOf(response)?.code).toBe(error?.code);
  });

  test('names no version where none was asked', async () => {
    expect((await client.send(ECHO, FRAME)).headers.has('x-model-version')).toBe(false);
  });

  test.each<[string, object, Buffer, Code, string]>([
    ['a routing key that is too long', { 'x-routing-key': 'k'.repeat(257) }, FRAME, Code.InvalidArgument, '256'],
    ['an unknown path', { ':path': '/a.B/C' }, FRAME, Code.Unimplemented, 'this server has no method "/a.B/C"'],
    ['an inherited name as path', { ':path': '/constructor' }, FRAME, Code.Unimplemented, 'has no method'],
    ['a timeout without unit', { 'grpc-timeout': '100' }, FRAME, Code.InvalidArgument, 'grpc-timeout is "100"'],
    ['a negative timeout', { 'grpc-timeout': '-1S' }, FRAME, Code.InvalidArgument, 'grpc-timeout is "-1S"'],
    ['a timeout that has passed', { 'grpc-timeout': '0n' }, FRAME, Code.DeadlineExceeded, 'deadline'],
    ['an unknown encoding', { 'grpc-encoding': 'br' }, FRAME, Code.Unimplemented, 'grpc-encoding is "br"'],
    ['no message', {}, Buffer.alloc(0), Code.Unimplemented, 'no request message'],
    ['two messages', {}, Buffer.concat([FRAME, FRAME]), Code.Unimplemented, 'more than one request message'],
    ['a truncated header', {}, FRAME.subarray(0, 3), Code.InvalidArgument, 'the stream ended within a gRPC message'],
    ['a truncated message', {}, FRAME.subarray(0, 9), Code.InvalidArgument, 'the stream ended within a gRPC message'],
    ['a trailing byte', {}, Buffer.concat([FRAME, Buffer.of(0)]), Code.InvalidArgument, 'ended within a gRPC message'],
    ['a bad compression flag', {}, frame(2, 1, Buffer.of(1)), Code.InvalidArgument, 'compression flag'],
    ['an oversized length', {}, frame(0, MAX_BYTES + 1), Code.ResourceExhausted, `at most ${MAX_BYTES} bytes`],
    ['the largest length', {}, frame(0, 2 ** 32 - 1), Code.ResourceExhausted, `at most ${MAX_BYTES} bytes`],
    ['compression without an encoding', {}, compressedFrame(MESSAGE), Code.InvalidArgument, 'no grpc-encoding'],
    ['broken gzip', { 'grpc-encoding': 'gzip' }, frame(1, 3, Buffer.from('abc')), Code.InvalidArgument, 'inflated'],
    [
      'a gzip bomb',
      { 'grpc-encoding': 'gzip' },
      compressedFrame(Buffer.alloc(500_000)),
      Code.ResourceExhausted,
      `more than ${MAX_BYTES} bytes`,
    ],
  ])('refuses %s and serves the next request', async (_name, headers, body, code, message) => {
    const status = statusOf(await client.send({ ...ECHO, ...headers }, body));
    expect(status).toMatchObject({ code, message: expect.stringContaining(message) });
    await expectEcho();
    expect(reports.map((report) => report.code)).toEqual([code, Code.Ok]);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({ level: 'info', facts: { requestId: 'request-7' } });
  });

  test.each([
    ['GET', { ':method': 'GET' }, 405],
    ['no content-type', { 'content-type': undefined }, 415],
    ['JSON', { 'content-type': 'application/json' }, 415],
    ['gRPC-Web', { 'content-type': 'application/grpc-web+proto' }, 415],
    ['gRPC with JSON', { 'content-type': 'application/grpc+json' }, 415],
  ])('answers %s with an HTTP status and serves the next request', async (_name, headers, status) => {
    const response = await client.send({ ...ECHO, ...headers }, FRAME);
    expect(response).toMatchObject({ status, resetCode: 0 });
    await expectEcho();
  });

  test.each(['application/grpc+proto', 'application/grpc;charset=utf-8', 'Application/gRPC'])(
    'takes content-type %s',
    async (type) => {
      const response = await client.send({ ...ECHO, 'content-type': type }, FRAME);
      expect(statusOf(response)).toBeUndefined();
    },
  );

  test.each([
    ['a gzip message', 'gzip', compressedFrame(MESSAGE)],
    ['a deflate message', 'deflate', compressedFrame(MESSAGE, deflateSync)],
    ['a plain message under grpc-encoding: gzip', 'gzip', FRAME],
  ])('takes %s', async (_name, encoding, body) => {
    const response = await client.send({ ...ECHO, 'grpc-encoding': encoding }, body);
    expect(response.body.equals(FRAME)).toBe(true);
  });

  test('takes a message in chunks of one byte, and one of exactly the limit', async () => {
    const message = Buffer.alloc(MAX_BYTES, 7);
    const stream = client.open(ECHO);
    const response = collect(stream);
    for (const byte of encodeGrpcFrame(message)) {
      stream.write(Buffer.of(byte));
    }
    stream.end();
    expect((await response).body.subarray(5).equals(message)).toBe(true);
  });

  test('answers an oversized length at once, before the body', async () => {
    const stream = client.open(ECHO);
    const response = collect(stream);
    stream.write(frame(0, MAX_BYTES + 1));
    await new Promise<void>((resolve) => stream.once('response', () => resolve()));
    stream.end();
    expect(statusOf(await response)).toMatchObject({ code: Code.ResourceExhausted });
  });

  test('gives the method the deadline, the request id and its own message', async () => {
    const { started, release } = gate();
    const response = client.send({ ...ECHO, 'grpc-timeout': '5S' }, FRAME);
    const context = await started;
    expect(context).toMatchObject({ deadline: 5_000, requestId: 'request-7' });
    release();
    await response;
  });

  test.each(['', 'two words', 'x'.repeat(129), 'line%0a\u00e9'])(
    'names a request without a usable x-request-id (%j)',
    async (id) => {
      const { started, release } = gate();
      const response = client.send({ ...ECHO, 'x-request-id': id }, FRAME);
      expect((await started).requestId).toBe('generated');
      release();
      await response;
    },
  );

  test('does not call the method when the deadline has passed', async () => {
    let calls = 0;
    methods.set(
      '/test.Echo/Echo',
      unary(async (message) => {
        calls++;
        return message;
      }),
    );
    await client.send({ ...ECHO, 'grpc-timeout': '0m' }, FRAME);
    expect(calls).toBe(0);
  });

  test('answers DEADLINE_EXCEEDED at the deadline, whatever the method does', async () => {
    const { started, release } = gate();
    const response = client.send({ ...ECHO, 'grpc-timeout': '5S' }, FRAME);
    const { signal } = await started;
    clock.advance(5_000);
    expect(statusOf(await response)).toMatchObject({ code: Code.DeadlineExceeded });
    expect(signal.reason).toMatchObject({ code: Code.DeadlineExceeded });
    release();
    expect(reports.map(({ code, durationMs }) => [code, durationMs])).toEqual([[Code.DeadlineExceeded, 5_000]]);
  });

  test('answers DEADLINE_EXCEEDED when the message does not arrive in time', async () => {
    const stream = client.open(ECHO);
    const response = collect(stream);
    stream.write(FRAME.subarray(0, 7));
    await client.roundTrip();
    clock.advance(10_000);
    await new Promise<void>((resolve) => stream.once('response', () => resolve()));
    stream.end();
    expect(statusOf(await response)).toMatchObject({ message: expect.stringContaining('within 10000 ms') });
    await expectEcho();
  });

  test.each([0, 1, 16_379, 16_380, 100_000])('answers with one frame around a message of %i bytes', async (bytes) => {
    const message = new Uint8Array(bytes).fill(7);
    methods.set(
      '/test.Echo/Echo',
      unary(async () => message),
    );
    const response = await client.send(ECHO, FRAME);
    expect(response.body.equals(Buffer.from(encodeGrpcFrame(message)))).toBe(true);
    expect(statusOf(response)).toBeUndefined();
  });

  test('leaves the signal of an answered call alone', async () => {
    const { started, release } = gate();
    const response = client.send(ECHO, FRAME);
    const { signal } = await started;
    release();
    await response;
    await listener.close();
    expect(signal.aborted).toBe(false);
  });

  test('aborts the call with CANCELLED when the stream is reset', async () => {
    const { started, release } = gate();
    const stream = client.open(ECHO);
    stream.end(FRAME);
    const { signal } = await started;
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    stream.close(8);
    await aborted;
    expect(signal.reason).toMatchObject({ code: Code.Cancelled });
    expect(reports).toMatchObject([{ code: Code.Cancelled, requestBytes: MESSAGE.length }]);
    release();
    methods.set(
      '/test.Echo/Echo',
      unary(async (message) => message),
    );
    await expectEcho();
  });

  test.each([
    ['message', ECHO, () => frame(0, 900, Buffer.alloc(900))],
    ['message inflates to', { ...ECHO, 'grpc-encoding': 'gzip' }, () => compressedFrame(Buffer.alloc(900))],
  ])('answers UNAVAILABLE when a %s more than all calls together may hold', async (_what, headers, body) => {
    const held = memory.open();
    held.take(MAX_MEMORY_BYTES - 500);
    const response = await client.send(headers, body());
    expect(statusOf(response)).toMatchObject({
      code: Code.Unavailable,
      message: expect.stringContaining('the limit is'),
    });
    held[Symbol.dispose]();
    await expectEcho();
  });

  test('holds the memory of a call until its method is done, also after the answer', async () => {
    const { started, release } = gate();
    const echo = methods.get('/test.Echo/Echo')!.run as UnaryMethod; // as gate() set it
    const done = Promise.withResolvers<void>();
    methods.set(
      '/test.Echo/Echo',
      unary(async (message, context, share) => {
        share.take(1_000);
        return await echo(message, context, share).finally(done.resolve);
      }),
    );
    const response = client.send({ ...ECHO, 'grpc-timeout': '1S' }, FRAME);
    await started;
    clock.advance(1_000);
    await response;
    await client.roundTrip();
    expect(memory.heldBytes).toBe(1_000 + FRAME.length);
    release();
    await done.promise;
    methods.set(
      '/test.Echo/Echo',
      unary(async (message) => message),
    );
    await expectEcho();
  });

  test('survives a reset in the middle of a message', async () => {
    const stream = client.open(ECHO);
    const response = collect(stream);
    stream.write(FRAME.subarray(0, 7));
    await client.roundTrip();
    expect(listener.inFlight).toBe(1);
    stream.close(8);
    await response;
    await expectEcho();
    expect(reports).toHaveLength(2);
    expect(reports[0]!.code).not.toBe(Code.Ok);
  });

  test('aborts the call when the connection is cut', async () => {
    const { started, release } = gate();
    client.open(ECHO).end(FRAME);
    const { signal } = await started;
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    client.session.destroy();
    await aborted;
    release();
    await client[Symbol.asyncDispose]();
    client = await H2Client.connect(port);
    methods.set(
      '/test.Echo/Echo',
      unary(async (message) => message),
    );
    await expectEcho();
  });

  test('logs no more than the beginning of a very long sentence', async () => {
    methods.set(
      '/test.Echo/Echo',
      unary(async () => {
        throw notFound('x'.repeat(5_000));
      }),
    );
    await client.send(ECHO, FRAME);
    expect(logged.map(({ message }) => message)).toEqual(['x'.repeat(1_024)]);
  });

  test('ignores how a method ends after its call', async () => {
    const { started, release } = gate();
    const echo = methods.get('/test.Echo/Echo')!.run as UnaryMethod; // as gate() set it
    methods.set(
      '/test.Echo/Echo',
      unary(async (message, context, memory) => {
        await echo(message, context, memory);
        throw new Error('too late');
      }),
    );
    const response = client.send({ ...ECHO, 'grpc-timeout': '1S' }, FRAME);
    await started;
    clock.advance(1_000);
    await response;
    release();
    methods.set(
      '/test.Echo/Echo',
      unary(async (message) => message),
    );
    await expectEcho();
    expect(logged.map(({ level }) => level)).toEqual(['info']);
  });

  test('hides what an unknown error says, and logs it once with its cause', async () => {
    const cause = new TypeError('secret of the house');
    methods.set(
      '/test.Echo/Echo',
      unary(async () => {
        throw cause;
      }),
    );
    const status = statusOf(await client.send(ECHO, FRAME));
    expect(status).toMatchObject({
      code: Code.Internal,
      message: expect.stringMatching(/^internal error.*request-7$/),
    });
    expect(logged).toEqual([
      {
        level: 'error',
        facts: { requestId: 'request-7', path: '/test.Echo/Echo', code: 'INTERNAL', err: cause },
        message: 'secret of the house',
      },
    ]);
  });

  test.each([
    ['a full queue', unavailable('the queue is full')],
    ['too long a wait', resourceExhausted('the request would wait', { retryAfterMs: '5' })],
  ])('answers %s without a line in the log', async (_name, refusal) => {
    methods.set(
      '/test.Echo/Echo',
      unary(() => Promise.reject(refusal)),
    );
    expect(statusOf(await client.send(ECHO, FRAME))).toMatchObject({ code: refusal.code, message: refusal.message });
    expect(reports.map(({ code }) => code)).toEqual([refusal.code]);
    expect(logged).toEqual([]);
  });

  test('answers a method that throws before its promise', async () => {
    methods.set(
      '/test.Echo/Echo',
      unary(() => {
        throw notFound('no such model');
      }),
    );
    const status = statusOf(await client.send(ECHO, FRAME));
    expect(status).toMatchObject({ code: Code.NotFound, message: 'no such model' });
  });

  test('reports each call with its sizes, and foreign paths without a name', async () => {
    methods.set(
      '/test.Echo/Echo',
      unary(async (message) => {
        clock.advance(3);
        return Buffer.concat([message, message]);
      }),
    );
    await client.send(ECHO, FRAME);
    await client.send({ ...ECHO, ':path': '/foreign' }, FRAME);
    const peer = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
    const path = '/test.Echo/Echo';
    expect(reports).toMatchObject([
      { path, target: path, peer, code: Code.Ok, durationMs: 3, requestBytes: 7, responseBytes: 14 },
      { path: undefined, target: '/foreign', peer, code: Code.Unimplemented, durationMs: 0, requestBytes: 0 },
    ]);
    expect(reports.map(({ requestId }) => requestId)).toEqual(['request-7', 'request-7']);
  });

  test('counts calls in flight, and close() waits for them', async () => {
    const { started, release } = gate();
    const response = client.send(ECHO, FRAME);
    await started;
    expect(listener.inFlight).toBe(1);
    const closed = listener.close();
    release();
    expect(statusOf(await response)).toBeUndefined();
    await closed;
    expect(listener.inFlight).toBe(0);
  });

  test('destroy() cuts calls in flight, which see CANCELLED', async () => {
    const { started, release } = gate();
    const response = client.send(ECHO, FRAME);
    const { signal } = await started;
    await listener.destroy();
    expect(signal.reason).toMatchObject({ code: Code.Cancelled });
    expect((await response).status).toBe(0);
    release();
  });

  test.each([0, 1.5, 2 ** 32])('refuses a maxMessageBytes of %d', (maxMessageBytes) => {
    const server = createNodeHttp2Server({ clock, random: () => 0.5 });
    const log = { info: () => {}, error: () => {} };
    expect(() => createGrpcListener({ server, methods, clock, log, maxMessageBytes })).toThrow('maxMessageBytes is');
  });
});
