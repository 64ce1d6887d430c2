import { randomUUID } from 'node:crypto';
import { type Clock, invalidArgument, type StatusError } from '@tensorfleet/core';
import type { Http2Server, ListenAddress, ServerStream, StreamReceiver } from '../../http2/http2-server.ts';
import type { GrpcReport } from '../call-report.ts';
import { RequestMemory } from '../request-memory.ts';
import { type GrpcLog, logError, sendError } from './grpc-answer.ts';
import { UnaryCall } from './grpc-call.ts';
import type { GrpcMethods } from './grpc-methods.ts';
import { grpcRequestFrom, type MethodRequest, requestIdFrom, traceIdFrom } from './grpc-request.ts';
import { StreamCall } from './grpc-stream-call.ts';

export interface GrpcListenerOptions {
  /** Carries the streams; belongs to the listener from now on. */
  readonly server: Http2Server;
  readonly methods: GrpcMethods;
  readonly clock: Clock;
  readonly log: GrpcLog;
  /**
   * Largest request message, also after decompression; more is RESOURCE_EXHAUSTED. Default 128 MiB, 1 to 2^32 - 1 bytes.
   * TensorFlow Serving has no such limit; its clients stop at 4 MiB unless told otherwise.
   */
  readonly maxMessageBytes?: number;
  /** How long a request message may take to arrive. Default 60 000 ms, from 1. */
  readonly maxReceiveMs?: number;
  /** What requests may hold together, perhaps with those of other listeners. Default: no limit. */
  readonly memory?: RequestMemory;
  /** Names requests that bring no usable x-request-id. Default a random UUID. */
  readonly requestId?: () => string;
  /** Told of every call once, when it is answered or cancelled. Must not throw. */
  readonly onCall?: (report: GrpcReport) => void;
}

export interface GrpcListener {
  /** As an Http2Server does; at as many addresses as are wanted. */
  listen(address: ListenAddress): Promise<{ readonly port: number }>;
  /** Calls whose answers are not sent to their end. */
  readonly inFlight: number;
  /** Refuses new calls and resolves when those in flight are answered. Idempotent. */
  close(): Promise<void>;
  /** Cuts the calls in flight, which see CANCELLED. Idempotent, also during `close`. */
  destroy(): Promise<void>;
}

/** Speaks gRPC on an Http2Server; knows no service. Throws INVALID_ARGUMENT for options out of bounds. */
export function createGrpcListener(options: GrpcListenerOptions): GrpcListener {
  return new Http2GrpcListener(resolveGrpcListenerOptions(options));
}

const DEFAULTS = {
  maxMessageBytes: 128 * 2 ** 20,
  maxReceiveMs: 60_000,
  requestId: () => randomUUID(),
  onCall: () => {},
} as const;

const MAX_LOGGED_PATH = 200;
const MAX_FRAME_BYTES = 2 ** 32 - 1;

function resolveGrpcListenerOptions(options: GrpcListenerOptions): Required<GrpcListenerOptions> {
  const resolved = { ...DEFAULTS, memory: new RequestMemory(Number.POSITIVE_INFINITY), ...options };
  const { maxMessageBytes, maxReceiveMs } = resolved;
  if (!Number.isInteger(maxMessageBytes) || maxMessageBytes < 1 || maxMessageBytes > MAX_FRAME_BYTES) {
    throw invalidArgument(
      `maxMessageBytes is ${maxMessageBytes}, it must be a whole number from 1 to ${MAX_FRAME_BYTES}`,
    );
  }
  if (!(maxReceiveMs >= 1)) {
    throw invalidArgument(`maxReceiveMs is ${maxReceiveMs}, it must be at least 1`);
  }
  return Object.freeze(resolved);
}

/** A stream that was answered from its headers alone. */
const ANSWERED: StreamReceiver = { onData: () => {}, onEnd: () => {}, onClose: () => {} };

class Http2GrpcListener implements GrpcListener {
  readonly #options: Required<GrpcListenerOptions>;
  #inFlight = 0;

  constructor(options: Required<GrpcListenerOptions>) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  listen(address: ListenAddress): Promise<{ readonly port: number }> {
    return this.#options.server.listen(address, (stream) => this.#accept(stream));
  }

  close(): Promise<void> {
    return this.#options.server.close();
  }

  destroy(): Promise<void> {
    return this.#options.server.destroy();
  }

  #accept(stream: ServerStream): StreamReceiver {
    const request = grpcRequestFrom(stream, this.#options.methods);
    switch (request.kind) {
      case 'not-grpc':
        stream.respond(request.httpStatus, request.headers, { endStream: true });
        return ANSWERED;
      case 'refused':
        this.#refuse(stream, request.path, request.error);
        return ANSWERED;
      case 'call':
        return this.#open(stream, request);
    }
  }

  #open(stream: ServerStream, request: MethodRequest): StreamReceiver {
    this.#inFlight++;
    const dependencies = { ...this.#options, onClose: () => void this.#inFlight-- };
    const requestId = this.#requestId(stream);
    const { method } = request;
    switch (method.kind) {
      case 'unary':
        return new UnaryCall(stream, request, method.run, requestId, dependencies);
      case 'stream':
        return new StreamCall(stream, request, method.run, requestId, dependencies);
    }
  }

  #refuse(stream: ServerStream, path: string | undefined, error: StatusError): void {
    const { log, onCall } = this.#options;
    const requestId = this.#requestId(stream);
    logError(log, error, requestId, stream.path.slice(0, MAX_LOGGED_PATH));
    const { path: target, peer } = stream;
    const nothing = { trace: undefined, durationMs: 0, requestBytes: 0, responseBytes: 0 };
    onCall({ path, target, peer, requestId, traceId: traceIdFrom(stream), code: error.code, ...nothing });
    sendError(stream, error, { requestId });
  }

  #requestId(stream: ServerStream): string {
    return requestIdFrom(stream) ?? this.#options.requestId();
  }
}
