import { unavailable } from '@tensorfleet/core';
import type { SentHeaders, ServerStream, StreamReceiver } from '../../http2/http2-server.ts';
import { sendHeaders, sendStatus, writeMessage } from './grpc-answer.ts';
import { type CallDependencies, CallRecord } from './grpc-call-record.ts';
import { GrpcMessageQueue } from './grpc-message-queue.ts';
import type { StreamMethod } from './grpc-methods.ts';
import type { MethodRequest } from './grpc-request.ts';
import { OK_TRAILERS, trailersFromStatus } from './grpc-status.ts';

/**
 * One streaming call: its method runs from the start, takes the messages as they come and answers with messages, until
 * it is done. It ends early when a message is bad, the deadline passes, the caller leaves or the connection is about to
 * close and the method waits for more.
 * Invariants: ends exactly once; one answer at a time is queued; after the end the method is told and nothing is sent.
 */
export class StreamCall implements StreamReceiver {
  readonly #stream: ServerStream;
  readonly #record: CallRecord;
  readonly #requests: GrpcMessageQueue;
  readonly #ending = new AbortController();
  readonly #onClose: () => void;
  #sent: PromiseWithResolvers<void> | undefined;
  #responseBytes = 0;
  #hasHeaders = false;

  constructor(
    stream: ServerStream,
    request: MethodRequest,
    method: StreamMethod,
    requestId: string,
    dependencies: CallDependencies,
  ) {
    this.#stream = stream;
    this.#onClose = dependencies.onClose;
    this.#record = new CallRecord(stream, request, requestId, dependencies);
    this.#requests = new GrpcMessageQueue(stream, request.decompress, {
      ...dependencies,
      onMessage: (bytes) => {
        this.#record.requestBytes += bytes;
      },
    });
    this.#record.onAbort((reason) => this.#fail(reason));
    void this.#run(method);
  }

  onData(chunk: Uint8Array): void {
    this.#receive(() => this.#requests.push(chunk));
  }

  onEnd(): void {
    this.#receive(() => this.#requests.end());
  }

  onDrain(): void {
    const reason = unavailable('the server closes this connection; call again');
    this.#requests.close(reason);
    this.#ending.abort(reason);
  }

  onClose(_complete: boolean): void {
    this.#record.leave();
    this.#onClose();
  }

  #receive(take: () => void): void {
    try {
      take();
    } catch (reason) {
      this.#fail(reason);
    }
  }

  /** Never rejects: what fails is the status. */
  async #run(method: StreamMethod): Promise<void> {
    using requests = this.#requests;
    if (this.#record.isOver) {
      return;
    }
    try {
      const context = { ...this.#record.context, ending: this.#ending.signal };
      for await (const message of method(requests, context)) {
        await this.#send(message);
        if (this.#record.isOver) {
          return;
        }
      }
      this.#succeed();
    } catch (reason) {
      this.#fail(reason);
    }
  }

  /** Resolves when the message has left, or the call is over. */
  async #send(message: Uint8Array): Promise<void> {
    if (this.#record.isOver) {
      return;
    }
    if (!this.#hasHeaders) {
      this.#hasHeaders = true;
      sendHeaders(this.#stream, this.#record.answered);
    }
    this.#responseBytes += message.length;
    const sent = Promise.withResolvers<void>();
    this.#sent = sent;
    writeMessage(this.#stream, message, sent.resolve);
    await sent.promise;
  }

  #succeed(): void {
    if (this.#record.succeed(this.#responseBytes)) {
      this.#end(OK_TRAILERS);
    }
  }

  #fail(reason: unknown): void {
    const error = this.#record.fail(reason);
    if (error !== undefined) {
      this.#end(trailersFromStatus(error, this.#record.context.requestId));
      this.#requests.fail(error);
      this.#ending.abort(error);
      this.#sent?.resolve();
    }
  }

  #end(trailers: SentHeaders): void {
    if (this.#hasHeaders) {
      this.#stream.end(trailers);
    } else {
      sendStatus(this.#stream, trailers, this.#record.answered);
    }
  }
}
