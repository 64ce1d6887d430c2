import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import type { ConnectionOptions } from 'node:tls';

export interface H2Response {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  readonly trailers: ReadonlyMap<string, string>;
  /** The code the stream ended with; 0 when nobody reset it, or the server only stopped the upload. */
  readonly resetCode: number;
}

/** A plain HTTP/2 client that can also misbehave; disposal fails the test when a stream is still open. */
export class H2Client implements AsyncDisposable {
  readonly session: ClientHttp2Session;
  readonly #open = new Set<ClientHttp2Stream>();

  private constructor(session: ClientHttp2Session) {
    this.session = session;
    session.on('error', () => {});
  }

  static async connect(port: number, tls?: ConnectionOptions): Promise<H2Client> {
    const scheme = tls === undefined ? 'http' : 'https';
    const client = new H2Client(connect(`${scheme}://127.0.0.1:${port}`, { maxSessionMemory: 1_000, ...tls }));
    await once(client.session, 'remoteSettings');
    return client;
  }

  /** Opens a stream; the caller writes and ends it. */
  open(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const stream = this.session.request(headers, { endStream: false });
    this.#open.add(stream);
    stream.on('error', () => {});
    stream.once('close', () => this.#open.delete(stream));
    return stream;
  }

  /** One request with a whole body. */
  send(headers: OutgoingHttpHeaders, body: Uint8Array = new Uint8Array(0)): Promise<H2Response> {
    const stream = this.open(headers);
    const response = collect(stream);
    stream.end(body);
    return response;
  }

  /** Resolves when the server has seen everything sent before. */
  async roundTrip(): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.session.ping((error) => (error === null ? resolve() : reject(error))),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const left = this.#open.size;
    if (!this.session.destroyed) {
      const closed = once(this.session, 'close');
      this.session.destroy();
      await closed;
    }
    if (left > 0) {
      throw new Error(`${left} streams of the client are still open`);
    }
  }
}

/** What the server answers on a stream, once the stream is closed. */
export function collect(stream: ClientHttp2Stream): Promise<H2Response> {
  return new Promise((resolve) => {
    let headers: ReadonlyMap<string, string> = new Map();
    let trailers: ReadonlyMap<string, string> = new Map();
    const chunks: Buffer[] = [];
    stream.on('response', (received) => {
      headers = mapOf(received);
    });
    stream.on('trailers', (received) => {
      trailers = mapOf(received);
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('close', () =>
      resolve({
        status: Number(headers.get(':status') ?? 0),
        headers,
        body: Buffer.concat(chunks),
        trailers,
        resetCode: stream.rstCode ?? 0,
      }),
    );
  });
}

function mapOf(headers: object): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
