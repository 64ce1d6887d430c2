import {
  type CallContext,
  type CallTrace,
  type Clock,
  Code,
  cancelled,
  deadlineAfter,
  type OpenCall,
  openCall,
  StatusError,
} from '@tensorfleet/core';
import type { ServerStream } from '../../http2/http2-server.ts';
import type { GrpcReport } from '../call-report.ts';
import type { RequestMemory } from '../request-memory.ts';
import { type Answered, type GrpcLog, logError } from './grpc-answer.ts';
import { type MethodRequest, traceIdFrom } from './grpc-request.ts';

/** What calls of every kind need. */
export interface CallDependencies {
  readonly clock: Clock;
  readonly log: GrpcLog;
  readonly maxMessageBytes: number;
  /** How long a message may take to arrive. */
  readonly maxReceiveMs: number;
  readonly memory: RequestMemory;
  readonly onCall: (report: GrpcReport) => void;
  readonly onClose: () => void;
}

/**
 * What is known of one call from its headers to its status: its context, its sizes and its end.
 * Invariants: it ends once, and is logged and reported then; its timer and its listener are gone after that.
 */
export class CallRecord {
  readonly #stream: ServerStream;
  readonly #path: string;
  readonly #dependencies: CallDependencies;
  readonly #call: OpenCall;
  readonly #startedAt: number;
  #onAbort: (() => void) | undefined;
  #isOver = false;
  /** Of decoded messages. */
  requestBytes = 0;

  constructor(stream: ServerStream, request: MethodRequest, requestId: string, dependencies: CallDependencies) {
    const { clock } = dependencies;
    this.#stream = stream;
    this.#path = request.path;
    this.#dependencies = dependencies;
    this.#startedAt = clock.now();
    this.#call = openCall(clock, requestId, deadlineAfter(clock, request.timeoutMs), request.routingKey);
  }

  get context(): CallContext & { readonly trace: CallTrace } {
    return this.#call.context;
  }

  /** What its answer says of it. */
  get answered(): Answered {
    const { requestId, trace } = this.context;
    return { requestId, version: trace.version };
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Calls back when the deadline passes or the caller leaves before the end, at once if that is already so. Once. */
  onAbort(listener: (reason: unknown) => void): void {
    const { signal } = this.context;
    this.#onAbort = () => listener(signal.reason);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) {
      this.#onAbort();
    }
  }

  /** The stream is closed: aborts the call, unless it is over. */
  leave(): void {
    // Not for every call that ends: the error and its abort cost as much as decoding the request.
    if (!this.#isOver) {
      this.#call.abort(cancelled('the caller left'));
    }
  }

  /** Ends the call well; false when it is over. */
  succeed(responseBytes: number): boolean {
    return this.#end(Code.Ok, responseBytes);
  }

  /** Ends the call with an error, which the caller has to hear; undefined when it is over. */
  fail(reason: unknown): StatusError | undefined {
    const error = StatusError.from(reason);
    if (!this.#end(error.code, 0)) {
      return undefined;
    }
    logError(this.#dependencies.log, error, this.context.requestId, this.#path);
    return error;
  }

  #end(code: Code, responseBytes: number): boolean {
    if (this.#isOver) {
      return false;
    }
    this.#isOver = true;
    this.#call[Symbol.dispose]();
    if (this.#onAbort !== undefined) {
      this.context.signal.removeEventListener('abort', this.#onAbort);
    }
    const { clock, onCall } = this.#dependencies;
    const durationMs = clock.now() - this.#startedAt;
    onCall({
      ...{ path: this.#path, target: this.#stream.path, peer: this.#stream.peer },
      ...{ requestId: this.context.requestId, traceId: traceIdFrom(this.#stream), trace: this.context.trace },
      ...{ code, durationMs, requestBytes: this.requestBytes, responseBytes },
    });
    return true;
  }
}
