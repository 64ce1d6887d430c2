import {
  type Clock,
  Code,
  cancelled,
  deadlineAfter,
  deadlineExceeded,
  type OpenCall,
  openCall,
  StatusError,
} from '@tensorfleet/core';
import type { ServerStream, StreamReceiver } from '../http2/http2-server.ts';
import { type CallReport, type GrpcLog, logError, sendError, sendMessage } from './grpc-answer.ts';
import { GrpcMessageReader } from './grpc-message-reader.ts';
import type { UnaryRequest } from './grpc-request.ts';
import type { MemoryShare, RequestMemory } from './request-memory.ts';

export interface UnaryCallDependencies {
  readonly clock: Clock;
  readonly log: GrpcLog;
  readonly maxMessageBytes: number;
  readonly maxReceiveMs: number;
  readonly memory: RequestMemory;
  readonly onCall: (report: CallReport) => void;
  readonly onClose: () => void;
}

/**
 * One unary call: its message arrives, its method runs, it is answered. It is answered early when the message is bad,
 * the deadline passes or the caller leaves.
 * Invariants: answered, logged and reported exactly once; both timers and the listener are gone after that. Its memory
 * is given back when the method is done, or never began and the stream is closed.
 */
export class UnaryCall implements StreamReceiver {
  readonly #stream: ServerStream;
  readonly #request: UnaryRequest;
  readonly #dependencies: UnaryCallDependencies;
  readonly #memory: MemoryShare;
  readonly #reader: GrpcMessageReader;
  readonly #call: OpenCall;
  readonly #receiveTimer: Disposable;
  readonly #startedAt: number;
  #requestBytes = 0;
  #isComplete = false;
  #answered = false;

  constructor(stream: ServerStream, request: UnaryRequest, requestId: string, dependencies: UnaryCallDependencies) {
    const { clock, maxMessageBytes, maxReceiveMs } = dependencies;
    this.#stream = stream;
    this.#request = request;
    this.#dependencies = dependencies;
    this.#memory = dependencies.memory.open();
    this.#reader = new GrpcMessageReader(request.decompress, maxMessageBytes, this.#memory);
    this.#startedAt = clock.now();
    this.#call = openCall(clock, requestId, deadlineAfter(clock, request.timeoutMs));
    this.#receiveTimer = clock.schedule(maxReceiveMs, () =>
      this.#fail(deadlineExceeded(`the request message did not arrive within ${maxReceiveMs} ms`)),
    );
    const { signal } = this.#context;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) {
      this.#onAbort();
    }
  }

  onData(chunk: Uint8Array): void {
    try {
      this.#reader.push(chunk);
    } catch (reason) {
      this.#fail(reason);
    }
  }

  onEnd(): void {
    this.#receiveTimer[Symbol.dispose]();
    this.#isComplete = true;
    void this.#run();
  }

  onClose(_complete: boolean): void {
    // Not for every call that ends: the error and its abort cost as much as decoding the request.
    if (!this.#answered) {
      this.#call.abort(cancelled('the caller left'));
    }
    if (!this.#isComplete) {
      this.#memory[Symbol.dispose]();
    }
    this.#dependencies.onClose();
  }

  get #context(): OpenCall['context'] {
    return this.#call.context;
  }

  readonly #onAbort = (): void => this.#fail(this.#context.signal.reason);

  /** Never rejects: what fails is the answer. */
  async #run(): Promise<void> {
    try {
      const message = await this.#reader.finish();
      this.#requestBytes = message.length;
      if (!this.#answered) {
        this.#succeed(await this.#request.method(message, this.#context, this.#memory));
      }
    } catch (reason) {
      this.#fail(reason);
    } finally {
      this.#memory[Symbol.dispose]();
    }
  }

  #succeed(message: Uint8Array): void {
    if (!this.#answered) {
      this.#finish(Code.Ok, message.length);
      sendMessage(this.#stream, message);
    }
  }

  #fail(reason: unknown): void {
    if (!this.#answered) {
      const error = StatusError.from(reason);
      this.#finish(error.code, 0);
      logError(this.#dependencies.log, error, this.#context.requestId, this.#request.path);
      sendError(this.#stream, error, this.#context.requestId);
    }
  }

  #finish(code: Code, responseBytes: number): void {
    this.#answered = true;
    this.#receiveTimer[Symbol.dispose]();
    this.#call[Symbol.dispose]();
    this.#context.signal.removeEventListener('abort', this.#onAbort);
    const { clock, onCall } = this.#dependencies;
    const durationMs = clock.now() - this.#startedAt;
    onCall({
      ...{ path: this.#request.path, target: this.#stream.path, peer: this.#stream.peer },
      ...{ requestId: this.#context.requestId, trace: this.#context.trace },
      ...{ code, durationMs, requestBytes: this.#requestBytes, responseBytes },
    });
  }
}
