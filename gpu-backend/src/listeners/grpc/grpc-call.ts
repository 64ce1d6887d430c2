import { deadlineExceeded } from '@tensorfleet/core';
import type { ServerStream, StreamReceiver } from '../../http2/http2-server.ts';
import type { MemoryShare } from '../request-memory.ts';
import { sendError, sendMessage } from './grpc-answer.ts';
import { type CallDependencies, CallRecord } from './grpc-call-record.ts';
import { GrpcMessageReader } from './grpc-message-reader.ts';
import type { UnaryMethod } from './grpc-methods.ts';
import type { MethodRequest } from './grpc-request.ts';

/**
 * One unary call: its message arrives, its method runs, it is answered. It is answered early when the message is bad,
 * the deadline passes or the caller leaves.
 * Invariants: answered exactly once; the timer is gone after that. Its memory is given back when the method is done, or
 * never began and the stream is closed.
 */
export class UnaryCall implements StreamReceiver {
  readonly #stream: ServerStream;
  readonly #method: UnaryMethod;
  readonly #record: CallRecord;
  readonly #memory: MemoryShare;
  readonly #reader: GrpcMessageReader;
  readonly #receiveTimer: Disposable;
  readonly #onClose: () => void;
  #isComplete = false;

  constructor(
    stream: ServerStream,
    request: MethodRequest,
    method: UnaryMethod,
    requestId: string,
    dependencies: CallDependencies,
  ) {
    const { clock, maxMessageBytes, maxReceiveMs, onClose } = dependencies;
    this.#stream = stream;
    this.#method = method;
    this.#onClose = onClose;
    this.#memory = dependencies.memory.open();
    this.#reader = new GrpcMessageReader(request.decompress, maxMessageBytes, this.#memory);
    this.#record = new CallRecord(stream, request, requestId, dependencies);
    this.#receiveTimer = clock.schedule(maxReceiveMs, () =>
      this.#fail(deadlineExceeded(`the request message did not arrive within ${maxReceiveMs} ms`)),
    );
    this.#record.onAbort((reason) => this.#fail(reason));
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
    this.#record.leave();
    if (!this.#isComplete) {
      this.#memory[Symbol.dispose]();
    }
    this.#onClose();
  }

  /** Never rejects: what fails is the answer. */
  async #run(): Promise<void> {
    try {
      const message = await this.#reader.finish();
      this.#record.requestBytes = message.length;
      if (!this.#record.isOver) {
        this.#succeed(await this.#method(message, this.#record.context, this.#memory));
      }
    } catch (reason) {
      this.#fail(reason);
    } finally {
      this.#memory[Symbol.dispose]();
    }
  }

  #succeed(message: Uint8Array): void {
    if (this.#record.succeed(message.length)) {
      sendMessage(this.#stream, message, this.#record.answered);
    }
  }

  #fail(reason: unknown): void {
    const error = this.#record.fail(reason);
    if (error !== undefined) {
      this.#receiveTimer[Symbol.dispose]();
      sendError(this.#stream, error, this.#record.answered);
    }
  }
}
