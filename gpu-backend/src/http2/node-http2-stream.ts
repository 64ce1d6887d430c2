import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Clock } from '@tensorfleet/core';
import {
  Http2Code,
  type ReceivedHeaders,
  type SentHeaders,
  type ServerStream,
  type StreamReceiver,
} from './http2-server.ts';

/** How long a peer may go on with its upload after a complete response before the stream is reset. */
const UPLOAD_GRACE_MS = 1_000;

/**
 * A ServerStream on node:http2.
 * Invariants: after `#ended` nothing reaches the receiver but `onClose`; `onClose` comes exactly once; the timer
 * runs only between the end of the response and that of the body.
 */
export class NodeHttp2Stream implements ServerStream {
  readonly method: string;
  readonly path: string;
  readonly headers: ReceivedHeaders;
  readonly peer: string;
  readonly #stream: ServerHttp2Stream;
  readonly #clock: Clock;
  #receiver: StreamReceiver | undefined;
  #uploadTimer: Disposable | undefined;
  #trailers: SentHeaders = {};
  #bodyIsComplete = false;
  #ended = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: string, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.method = textOf(headers[':method']);
    this.path = textOf(headers[':path']);
    this.headers = receivedHeaders(headers);
    this.peer = peer;
  }

  attach(receiver: StreamReceiver): void {
    const stream = this.#stream;
    this.#receiver = receiver;
    stream.on('data', (chunk: Uint8Array) => {
      if (this.#ended) {
        this.#refuseMore();
      } else {
        receiver.onData(chunk);
      }
    });
    stream.on('end', () => {
      this.#bodyIsComplete = true;
      // Node ends the body of a stream that was reset as if it were complete.
      if (!this.#ended && !stream.closed) {
        receiver.onEnd();
      }
    });
    stream.on('wantTrailers', () => this.#sendTrailers());
    // An error is always followed by close, which tells all that the receiver needs.
    stream.on('error', () => {});
    stream.once('close', () => {
      const complete = this.#ended && stream.rstCode === Http2Code.NoError;
      this.#ended = true;
      this.#uploadTimer?.[Symbol.dispose]();
      receiver.onClose(complete);
    });
  }

  /** The connection is about to close. */
  drain(): void {
    if (!this.#ended) {
      this.#receiver?.onDrain?.();
    }
  }

  respond(status: number, headers: SentHeaders, options = { endStream: false }): void {
    if (this.#isOver()) {
      return;
    }
    const { endStream } = options;
    this.#stream.respond({ ':status': status, ...headers }, { endStream, waitForTrailers: !endStream });
    if (endStream) {
      this.#ended = true;
      this.#dropBody();
    }
  }

  write(bytes: Uint8Array, onSent?: () => void): void {
    if (!this.#isOver()) {
      this.#stream.write(bytes, onSent);
    }
  }

  end(trailers: SentHeaders): void {
    if (!this.#isOver()) {
      this.#ended = true;
      this.#trailers = trailers;
      this.#stream.end();
    }
  }

  reset(code: Http2Code): void {
    if (!this.#stream.destroyed) {
      this.#ended = true;
      this.#stream.close(code);
      this.#stream.resume();
    }
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  #isOver(): boolean {
    return this.#ended || this.#stream.destroyed || this.#stream.closed;
  }

  #sendTrailers(): void {
    if (!this.#stream.destroyed && !this.#stream.closed) {
      this.#stream.sendTrailers(this.#trailers);
      this.#dropBody();
    }
  }

  /** Reads on without a receiver, since an unread body would hold back the connection; not for ever. */
  #dropBody(): void {
    if (!this.#bodyIsComplete) {
      this.#uploadTimer = this.#clock.schedule(UPLOAD_GRACE_MS, () => this.#stream.close(Http2Code.NoError));
    }
    this.#stream.resume();
  }

  /**
   * RFC 9113, section 8.1: after a complete response RST_STREAM(NO_ERROR) asks the peer to stop its upload.
   * Not before the response has left: a reset overtakes what node still has to send.
   */
  #refuseMore(): void {
    if (!this.#stream.closed && this.#stream.state.localClose === 1) {
      this.#stream.close(Http2Code.NoError);
    }
  }
}

function receivedHeaders(headers: IncomingHttpHeaders): ReceivedHeaders {
  const received = new Map<string, string>();
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined && !name.startsWith(':')) {
      received.set(name, textOf(value));
    }
  }
  return received;
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value ?? []).join(', ');
}
