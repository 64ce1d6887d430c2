/**
 * HTTP/2 as listeners see it: connections and streams, no gRPC service and no gRPC status.
 * Implementations pass test/contract/http2-server.contract.ts.
 */

/** Names in lower case, pseudo headers left out; repeated headers are joined with ", ". */
export type ReceivedHeaders = ReadonlyMap<string, string>;

/** Headers or trailers to send; names in lower case. */
export type SentHeaders = Readonly<Record<string, string>>;

/** The error codes of RFC 9113, section 7, that a listener may send. */
export const Http2Code = {
  NoError: 0x0,
  ProtocolError: 0x1,
  InternalError: 0x2,
  RefusedStream: 0x7,
  Cancel: 0x8,
  EnhanceYourCalm: 0xb,
} as const;

export type Http2Code = (typeof Http2Code)[keyof typeof Http2Code];

/**
 * One request and its response. Every method is a no-op once the stream is closed.
 * Order of calls: `respond` once, `write` any number of times, `end` once; `reset` at any time.
 */
export interface ServerStream {
  readonly method: string;
  /** The raw :path with its query. */
  readonly path: string;
  readonly headers: ReceivedHeaders;
  /** The other end as `address:port`; empty on a Unix socket. */
  readonly peer: string;
  /** Sends the status and headers; with `endStream` they are the whole response. */
  respond(status: number, headers: SentHeaders, options?: { readonly endStream: boolean }): void;
  /**
   * Queues body bytes, which must not change afterwards. Flow control holds them back, memory bounds them. `onSent` is
   * called when they have left; perhaps never when the stream is cut.
   */
  write(bytes: Uint8Array, onSent?: () => void): void;
  /** Sends the trailers after what is queued. A request body that is still arriving is dropped. */
  end(trailers: SentHeaders): void;
  /** Ends the stream at once in both directions; what is queued is dropped. */
  reset(code: Http2Code): void;
  /** Stops `onData` until `resume`; the peer stalls when its flow-control window is used up. */
  pause(): void;
  resume(): void;
}

/** What becomes of a stream. Calls come in this order and never during `OnStream` itself. */
export interface StreamReceiver {
  /** Bytes of the request body; they are valid only during the call. Not called after `end` or `reset`. */
  onData(chunk: Uint8Array): void;
  /** The request body is complete. Not called after `end` or `reset`. */
  onEnd(): void;
  /** The connection is about to close: a stream that would go on for ever ends now. At most once. */
  onDrain?(): void;
  /** Once and last. `complete` when the response was sent to its end, false when either side cut it off. */
  onClose(complete: boolean): void;
}

/** Takes a new stream, of which the headers have arrived. Must not throw. */
export type OnStream = (stream: ServerStream) => StreamReceiver;

/** A TCP port, of which 0 lets the system choose, or the path of a Unix socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export interface Http2Server {
  /**
   * Accepts connections at one more address; resolves with the bound port, 0 for a socket. Rejects with
   * FAILED_PRECONDITION when another process listens there.
   */
  listen(address: ListenAddress, onStream: OnStream): Promise<{ readonly port: number }>;
  /** Connections that are open now. */
  readonly connections: number;
  /** Refuses connections and streams (GOAWAY) and resolves when the open streams and connections are done. Idempotent. */
  close(): Promise<void>;
  /** Cuts every connection; resolves when all are gone. Idempotent, also during `close`. */
  destroy(): Promise<void>;
}
