import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { encodeGrpcFrame } from '@tensorfleet/codecs';
import { unavailable } from '@tensorfleet/core';

export interface LoadOptions {
  readonly port: number;
  readonly path: string;
  /** Sent again and again. */
  readonly message: Uint8Array;
  readonly connections: number;
  /** Requests in flight on each connection. */
  readonly streams: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly durationMs: number;
  /** Of each request, ascending. */
  readonly latenciesMs: Float64Array;
}

/**
 * Closed loop: every stream sends its next request when the last one is answered. Rejects with UNAVAILABLE when any
 * request is not answered with OK, since a server that refuses is quick.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { port, connections, streams, durationMs, path } = options;
  const frame = encodeGrpcFrame(options.message);
  await using open = new AsyncDisposableStack();
  const sessions = await Promise.all(Array.from({ length: connections }, () => connectTo(port)));
  open.defer(() => Promise.all(sessions.map(closeSession)).then(() => undefined));
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const loop = async (session: ClientHttp2Session): Promise<void> => {
    while (performance.now() - startedAt < durationMs) {
      const sentAt = performance.now();
      await ask(session, path, frame);
      latenciesMs.push(performance.now() - sentAt);
    }
  };
  await Promise.all(sessions.flatMap((session) => Array.from({ length: streams }, () => loop(session))));
  const tookMs = performance.now() - startedAt;
  return { requests: latenciesMs.length, durationMs: tookMs, latenciesMs: Float64Array.from(latenciesMs).sort() };
}

function connectTo(port: number): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`);
    session.once('connect', () => resolve(session));
    session.once('error', reject);
  });
}

function closeSession(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => session.close(resolve));
}

function ask(session: ClientHttp2Session, path: string, frame: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream: ClientHttp2Stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status: unknown = 'none';
    stream.once('response', (headers) => {
      status = headers['grpc-status'] ?? status;
    });
    stream.once('trailers', (trailers) => {
      status = trailers['grpc-status'];
    });
    stream.once('error', reject);
    stream.once('close', () => {
      if (status === '0') {
        resolve();
      } else {
        reject(unavailable(`a request under load ended with the gRPC status ${status}`));
      }
    });
    stream.resume();
    stream.end(frame);
  });
}
