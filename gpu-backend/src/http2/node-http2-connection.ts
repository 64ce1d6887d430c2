import {
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '@tensorfleet/core';
import { Http2Code, type OnStream } from './http2-server.ts';
import type { ResolvedNodeHttp2Options } from './node-http2-options.ts';
import { NodeHttp2Stream } from './node-http2-stream.ts';
import { peerOf } from './peer.ts';

/** A GOAWAY with this stream id announces the end without refusing a stream that is already on its way. */
const LAST_POSSIBLE_STREAM = 2 ** 31 - 1;
/** How long a drained client may take to acknowledge that announcement before the real GOAWAY follows. */
const NOTICE_MS = 1_000;
/** How long a peer may take for the last bytes and to close its side; a frozen process never does. */
const LINGER_MS = 5_000;
/** Connection windows are this many stream windows, so that one paused stream does not stall the others. */
const WINDOWS_PER_CONNECTION = 4;
/** Ages differ by up to this share in both directions, so that clients do not all come back at once. */
const AGE_JITTER = 0.1;
const BYTES_PER_MB = 1_000_000;

export interface ConnectionDependencies {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onStream: OnStream;
  readonly onClose: (connection: NodeHttp2Connection) => void;
}

type State = 'serving' | 'draining' | 'closed';

/**
 * One connection: serving, then draining (no new streams), then closed.
 * Invariants: an idle timer runs exactly while serving without a stream; no timer outlives the connection.
 */
export class NodeHttp2Connection {
  readonly #socket: Socket;
  readonly #session: ServerHttp2Session;
  readonly #peer: string;
  readonly #options: ResolvedNodeHttp2Options;
  readonly #dependencies: ConnectionDependencies;
  readonly #closed = Promise.withResolvers<void>();
  #state: State = 'serving';
  readonly #streams = new Set<NodeHttp2Stream>();
  #isEnding = false;
  #idleTimer: Disposable | undefined;
  #endTimer: Disposable | undefined;
  #noticeTimer: Disposable | undefined;
  #lingerTimer: Disposable | undefined;
  #keepaliveTimer: Disposable | undefined;

  constructor(socket: Socket, options: ResolvedNodeHttp2Options, dependencies: ConnectionDependencies) {
    this.#socket = socket;
    this.#options = options;
    this.#dependencies = dependencies;
    this.#peer = peerOf(socket);
    this.#session = performServerHandshake(socket, sessionOptions(options));
    this.#session.setLocalWindowSize(Math.min(options.streamWindowBytes * WINDOWS_PER_CONNECTION, 2 ** 31 - 1));
    this.#session.on('stream', (stream, headers) => this.#accept(stream, headers));
    // Broken peers are no news, and close follows.
    this.#session.on('error', () => {});
    this.#session.once('close', () => this.#onClose());
    this.#startAge();
    this.#startIdle();
    this.#startKeepalive();
  }

  /** Resolves when the connection is closed; never rejects. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Refuses new streams; the connection closes when the open ones are done. Idempotent. */
  drain(): void {
    if (this.#state !== 'serving' || this.#session.destroyed) {
      return;
    }
    this.#state = 'draining';
    this.#idleTimer?.[Symbol.dispose]();
    if (this.#streams.size === 0) {
      this.#finish();
      return;
    }
    this.#session.goaway(Http2Code.NoError, LAST_POSSIBLE_STREAM);
    // A peer that acknowledges the ping has seen the announcement and opens no further streams.
    this.#session.ping(() => this.#finish());
    this.#noticeTimer = this.#dependencies.clock.schedule(NOTICE_MS, () => this.#finish());
  }

  /** Drains, and tells streams that would go on for ever. Idempotent. */
  end(): void {
    this.drain();
    if (!this.#isEnding) {
      this.#isEnding = true;
      for (const stream of this.#streams) {
        stream.drain();
      }
    }
  }

  destroy(): void {
    this.#session.destroy();
    this.#socket.destroy();
  }

  #accept(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const accepted = new NodeHttp2Stream(stream, headers, this.#peer, this.#dependencies.clock);
    this.#streams.add(accepted);
    this.#idleTimer?.[Symbol.dispose]();
    this.#idleTimer = undefined;
    stream.once('close', () => this.#onStreamClose(accepted));
    accepted.attach(this.#dependencies.onStream(accepted));
    if (this.#isEnding) {
      accepted.drain();
    }
  }

  #onStreamClose(stream: NodeHttp2Stream): void {
    this.#streams.delete(stream);
    if (this.#streams.size === 0 && this.#state === 'draining') {
      // After a GOAWAY node reads no further once the last stream is gone, so the acknowledgement would never come.
      this.#finish();
    } else {
      this.#startIdle();
    }
  }

  #startIdle(): void {
    const { maxConnectionIdleMs } = this.#options;
    if (this.#state === 'serving' && this.#streams.size === 0 && maxConnectionIdleMs !== Number.POSITIVE_INFINITY) {
      this.#idleTimer = this.#dependencies.clock.schedule(maxConnectionIdleMs, () => this.drain());
    }
  }

  #startAge(): void {
    const { maxConnectionAgeMs, maxConnectionAgeGraceMs } = this.#options;
    const { clock, random } = this.#dependencies;
    if (maxConnectionAgeMs !== Number.POSITIVE_INFINITY) {
      const jitter = 1 + AGE_JITTER * (2 * random() - 1);
      this.#endTimer = clock.schedule(maxConnectionAgeMs * jitter, () => {
        this.drain();
        this.#endTimer = clock.schedule(maxConnectionAgeGraceMs, () => {
          this.end();
          this.#endTimer = clock.schedule(LINGER_MS, () => this.destroy());
        });
      });
    }
  }

  /** A peer that is gone without a word, and a stream that waits for news, would stay for ever. */
  #startKeepalive(): void {
    const { keepaliveTimeMs, keepaliveTimeoutMs } = this.#options;
    const { clock } = this.#dependencies;
    if (this.#state === 'closed' || keepaliveTimeMs === Number.POSITIVE_INFINITY) {
      return;
    }
    this.#keepaliveTimer = clock.schedule(keepaliveTimeMs, () => {
      this.#keepaliveTimer = clock.schedule(keepaliveTimeoutMs, () => this.destroy());
      this.#session.ping(() => {
        this.#keepaliveTimer?.[Symbol.dispose]();
        this.#startKeepalive();
      });
    });
  }

  /** Says the last GOAWAY; the connection ends with its last stream. */
  #finish(): void {
    this.#noticeTimer?.[Symbol.dispose]();
    if (!this.#session.destroyed) {
      this.#session.close();
    }
    if (this.#streams.size === 0) {
      this.#lingerTimer ??= this.#dependencies.clock.schedule(LINGER_MS, () => this.#socket.destroy());
    }
  }

  #onClose(): void {
    this.#state = 'closed';
    const timers = [this.#idleTimer, this.#endTimer, this.#noticeTimer, this.#lingerTimer, this.#keepaliveTimer];
    for (const timer of timers) {
      timer?.[Symbol.dispose]();
    }
    this.#dependencies.onClose(this);
    this.#closed.resolve();
  }
}

function sessionOptions(options: ResolvedNodeHttp2Options): Parameters<typeof performServerHandshake>[1] {
  return {
    maxSessionMemory: Math.ceil(options.maxSessionBytes / BYTES_PER_MB),
    streamResetBurst: options.streamResetBurst,
    streamResetRate: options.streamResetsPerSecond,
    settings: {
      enablePush: false,
      initialWindowSize: options.streamWindowBytes,
      maxConcurrentStreams: options.maxConcurrentStreams,
      maxHeaderListSize: options.maxHeaderListBytes,
    },
  };
}
