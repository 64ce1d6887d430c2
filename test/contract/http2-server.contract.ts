import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  Http2Code,
  type Http2Server,
  type ServerStream,
  type StreamReceiver,
} from '../../gpu-backend/src/http2/http2-server.ts';
import { collect, H2Client } from '../support/h2-client.ts';
import { H2FrameType, h2EndlessHeaders, h2Frame, h2Post, h2Reset, h2Start } from '../support/h2-frames.ts';

const POST = { ':method': 'POST', ':path': '/' };
const BIG = new Uint8Array(20_000_000).map((_, index) => index % 251);

/** Records what the server tells it. */
class Recorder implements StreamReceiver {
  readonly chunks: Buffer[] = [];
  readonly ended = Promise.withResolvers<void>();
  readonly closed = Promise.withResolvers<boolean>();
  readonly events: string[] = [];

  onData(chunk: Uint8Array): void {
    this.events.push('data');
    this.chunks.push(Buffer.from(chunk));
  }

  onEnd(): void {
    this.events.push('end');
    this.ended.resolve();
  }

  onDrain(): void {
    this.events.push('drain');
  }

  onClose(complete: boolean): void {
    this.events.push('close');
    this.closed.resolve(complete);
  }

  get body(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

interface Accepted {
  readonly stream: ServerStream;
  readonly recorder: Recorder;
}

/**
 * What every Http2Server promises to listeners. `maxConcurrentStreams` of the made server is 100; `tls` is how clients
 * connect to one that speaks TLS.
 */
export function describeHttp2Server(name: string, make: () => Http2Server, tls?: ConnectionOptions): void {
  describe(`${name} as an Http2Server`, () => {
    let server: Http2Server;
    let client: H2Client;
    let port: number;
    let accepted: Accepted[];
    let next: PromiseWithResolvers<Accepted>;
    let onAccept: (accepted: Accepted) => void;

    beforeEach(async () => {
      server = make();
      accepted = [];
      next = Promise.withResolvers();
      onAccept = () => {};
      const listening = await server.listen({ host: '127.0.0.1', port: 0 }, (stream) => {
        const one = { stream, recorder: new Recorder() };
        accepted.push(one);
        onAccept(one);
        next.resolve(one);
        next = Promise.withResolvers();
        return one.recorder;
      });
      port = listening.port;
      client = await H2Client.connect(port, tls);
    });

    afterEach(async () => {
      await client[Symbol.asyncDispose]();
      await server.close();
      expect(server.connections).toBe(0);
    });

    /** For bytes that no client would send. */
    const openSocket = (): Socket =>
      tls === undefined ? connect(port, '127.0.0.1') : connectTls({ port, ALPNProtocols: ['h2'], ...tls });

    const answer = ({ stream }: Accepted, body: Uint8Array = Buffer.from('answer')): void => {
      stream.respond(200, { 'content-type': 'text/plain' });
      stream.write(body);
      stream.end({ 'x-trailer': 'last' });
    };

    const expectAnswered = async (other = client): Promise<void> => {
      const opened = next.promise.then((one) => answer(one));
      const response = await other.send(POST);
      await opened;
      expect(response).toMatchObject({ status: 200, body: Buffer.from('answer'), resetCode: Http2Code.NoError });
    };

    test('passes method, path, headers and body, and repeated headers joined', async () => {
      const opened = next.promise;
      const headers = { ':method': 'POST', ':path': '/a/B?c=%2F', 'x-one': '1', 'x-two': ['2', '3'] };
      const response = client.send(headers, Buffer.from('body'));
      const one = await opened;
      await one.recorder.ended.promise;
      answer(one);
      await response;
      expect(one.stream).toMatchObject({ method: 'POST', path: '/a/B?c=%2F' });
      expect(one.stream.peer).toMatch(/^127\.0\.0\.1:\d+$/);
      expect([one.stream.headers.get('x-one'), one.stream.headers.get('x-two')]).toEqual(['1', '2, 3']);
      expect([...one.stream.headers.keys()].filter((key) => key.startsWith(':'))).toEqual([]);
      expect(one.recorder.body.toString()).toBe('body');
    });

    test('sends status, headers, body and trailers, and closes complete', async () => {
      onAccept = (one) => answer(one);
      const response = await client.send(POST);
      expect(response).toMatchObject({ status: 200, body: Buffer.from('answer'), resetCode: Http2Code.NoError });
      expect(response.headers.get('content-type')).toBe('text/plain');
      expect(response.trailers.get('x-trailer')).toBe('last');
      expect(await accepted[0]!.recorder.closed.promise).toBe(true);
    });

    test('sends headers alone with endStream', async () => {
      onAccept = ({ stream }) => stream.respond(415, { 'x-why': 'type' }, { endStream: true });
      const response = await client.send(POST);
      expect(response).toMatchObject({ status: 415, body: Buffer.alloc(0), resetCode: Http2Code.NoError });
      expect(response.headers.get('x-why')).toBe('type');
    });

    test('carries 20 MB in both directions', async () => {
      const opened = next.promise;
      const response = client.send(POST, BIG);
      const one = await opened;
      await one.recorder.ended.promise;
      answer(one, one.recorder.body);
      expect((await response).body.equals(BIG)).toBe(true);
    });

    test('stops the upload once the response is complete', async () => {
      onAccept = ({ stream }) => stream.respond(200, { 'x-answer': 'early' }, { endStream: true });
      const stream = client.open(POST);
      const response = collect(stream);
      stream.write(BIG);
      expect(await response).toMatchObject({ status: 200, resetCode: Http2Code.NoError });
      expect(accepted[0]!.recorder.events).toEqual(['close']);
      onAccept = () => {};
      await expectAnswered();
    });

    test('stops the upload after a body with trailers, too', async () => {
      onAccept = (one) => answer(one, BIG);
      const stream = client.open(POST);
      const response = collect(stream);
      stream.write(BIG);
      stream.once('trailers', () => stream.write('more'));
      const { body, trailers } = await response;
      expect(body.equals(BIG)).toBe(true);
      expect(trailers.get('x-trailer')).toBe('last');
      expect(await accepted[0]!.recorder.closed.promise).toBe(true);
    });

    test.each([Http2Code.Cancel, Http2Code.NoError])('reports a reset by the peer with code %i', async (code) => {
      const opened = next.promise;
      const socket = openSocket().resume();
      socket.write(Buffer.concat([h2Start(), h2Post(), h2Frame(H2FrameType.Data, 0, 1, Buffer.from('half'))]));
      const one = await opened;
      socket.write(h2Reset(code));
      expect(await one.recorder.closed.promise).toBe(false);
      expect(one.recorder.events).not.toContain('end');
      socket.destroy();
      await expectAnswered();
    });

    test('reports a cut connection', async () => {
      const opened = next.promise;
      const stream = client.open(POST);
      stream.write('half');
      const one = await opened;
      client.session.destroy();
      expect(await one.recorder.closed.promise).toBe(false);
      expect(one.recorder.events).not.toContain('end');
    });

    test('tolerates every call after the stream is closed', async () => {
      const opened = next.promise;
      const stream = client.open(POST);
      const one = await opened;
      stream.close(Http2Code.Cancel);
      await one.recorder.closed.promise;
      one.stream.pause();
      one.stream.resume();
      answer(one);
      one.stream.reset(Http2Code.Cancel);
      await expectAnswered();
    });

    test('resets a stream', async () => {
      onAccept = ({ stream }) => stream.reset(Http2Code.RefusedStream);
      expect((await client.send(POST)).resetCode).toBe(Http2Code.RefusedStream);
      expect(await accepted[0]!.recorder.closed.promise).toBe(false);
    });

    test('delivers nothing between pause and resume', async () => {
      onAccept = ({ stream }) => stream.pause();
      const opened = next.promise;
      const response = client.send(POST, BIG);
      const one = await opened;
      await client.roundTrip();
      expect(one.recorder.events).toEqual([]);
      one.stream.resume();
      await one.recorder.ended.promise;
      expect(one.recorder.body.equals(BIG)).toBe(true);
      answer(one);
      await response;
    });

    test('says when written bytes have left, which a peer that reads nothing holds back', async () => {
      const sent: string[] = [];
      onAccept = ({ stream }) => {
        stream.respond(200, {});
        stream.write(Buffer.from('small'), () => sent.push('small'));
        stream.write(BIG, () => sent.push('big'));
      };
      const opened = next.promise;
      const stream = client.open(POST);
      stream.end();
      const { stream: served } = await opened;
      await once(stream, 'response');
      await client.roundTrip();
      expect(sent).toEqual(['small']);
      const response = collect(stream);
      const left = new Promise<void>((resolve) => served.write(Buffer.from('last'), () => resolve()));
      await left;
      expect(sent).toEqual(['small', 'big']);
      served.end({});
      expect((await response).body.length).toBe(5 + BIG.length + 4);
    });

    test('reports a reset of a stream that is paused with bytes waiting', async () => {
      onAccept = ({ stream }) => stream.pause();
      const opened = next.promise;
      const stream = client.open(POST);
      stream.write(Buffer.alloc(100_000));
      const one = await opened;
      await client.roundTrip();
      stream.close(Http2Code.Cancel);
      expect(await one.recorder.closed.promise).toBe(false);
    });

    test('listens at a second address for the same connections', async () => {
      const second = await server.listen({ host: '127.0.0.1', port: 0 }, () => new Recorder());
      await using other = await H2Client.connect(second.port, tls);
      await other.roundTrip();
      expect(second.port).not.toBe(port);
      expect(server.connections).toBe(2);
    });

    test('advertises its limit of concurrent streams', () => {
      expect(client.session.remoteSettings.maxConcurrentStreams).toBe(100);
    });

    test('close() says GOAWAY, finishes the open stream and then resolves', async () => {
      const opened = next.promise;
      const response = client.send(POST);
      const one = await opened;
      const goaway = once(client.session, 'goaway');
      const closed = server.close();
      await goaway;
      answer(one);
      expect((await response).body.toString()).toBe('answer');
      await closed;
      expect(server.connections).toBe(0);
      await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });

    test('close() tells open streams that the connection is to end, once', async () => {
      const opened = next.promise;
      const response = client.send(POST);
      const one = await opened;
      const closed = server.close();
      void server.close();
      answer(one);
      await response;
      await closed;
      expect(one.recorder.events.filter((event) => event === 'drain')).toHaveLength(1);
    });

    test('close() is idempotent and ends idle connections', async () => {
      await Promise.all([server.close(), server.close()]);
      await server.close();
      expect(server.connections).toBe(0);
    });

    test('destroy() cuts open streams, also during close()', async () => {
      const opened = next.promise;
      const response = client.send(POST);
      const one = await opened;
      const closed = server.close();
      await server.destroy();
      await closed;
      expect(await one.recorder.closed.promise).toBe(false);
      expect((await response).status).toBe(0);
    });

    test('listen() rejects with FAILED_PRECONDITION when the port is taken', async () => {
      const second = make();
      const listening = second.listen({ host: '127.0.0.1', port }, () => new Recorder());
      await expect(listening).rejects.toThrow(`port 127.0.0.1:${port} is in use`);
      await second.close();
    });

    test.each([
      ['HTTP/1.1', Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n')],
      ['bytes that are no preface', Buffer.alloc(100)],
      [
        'a frame on a stream that cannot be',
        Buffer.concat([h2Start(), h2Frame(H2FrameType.Data, 0, 0, Buffer.alloc(8))]),
      ],
      ['headers that never end', Buffer.concat([h2Start(), h2EndlessHeaders(1_000)])],
    ])('closes a connection that speaks %s and serves the next', async (_name, bytes) => {
      const socket = openSocket();
      socket.on('error', () => {}).resume();
      const closed = once(socket, 'close');
      socket.write(bytes);
      await closed;
      await expectAnswered();
    });
  });
}
