import { GRPC_HEADER_BYTES, GrpcFrameDecoder, type GrpcMessage } from '@tensorfleet/codecs';
import { type Clock, deadlineExceeded, StatusError } from '@tensorfleet/core';
import type { ServerStream } from '../../http2/http2-server.ts';
import type { MemoryShare, RequestMemory } from '../request-memory.ts';
import { type Decompress, plainMessage } from './grpc-compression.ts';
import { ownMessage } from './grpc-message-reader.ts';

export interface MessageQueueDependencies {
  readonly clock: Clock;
  readonly maxMessageBytes: number;
  /** How long a message may take to arrive that is waited for: the first, and each that has begun. */
  readonly maxReceiveMs: number;
  readonly memory: RequestMemory;
  /** Told the size of each decoded message. */
  readonly onMessage: (bytes: number) => void;
}

/**
 * The messages of a streaming call, in order, for one reader.
 * Invariants: the stream is paused exactly while messages wait, so no more than one chunk completes is ever queued;
 * what is queued or half arrived is taken from `memory`; the timer runs only while the reader waits.
 */
export class GrpcMessageQueue implements AsyncIterable<Uint8Array>, Disposable {
  readonly #stream: Pick<ServerStream, 'pause' | 'resume'>;
  readonly #decompress: Decompress | undefined;
  readonly #dependencies: MessageQueueDependencies;
  readonly #decoder: GrpcFrameDecoder;
  readonly #memory: MemoryShare;
  readonly #messages: GrpcMessage[] = [];
  #hasBegun = false;
  #isComplete = false;
  #failure: StatusError | undefined;
  #arrival: PromiseWithResolvers<void> | undefined;
  #timer: Disposable | undefined;

  constructor(
    stream: Pick<ServerStream, 'pause' | 'resume'>,
    decompress: Decompress | undefined,
    dependencies: MessageQueueDependencies,
  ) {
    this.#stream = stream;
    this.#decompress = decompress;
    this.#dependencies = dependencies;
    this.#decoder = new GrpcFrameDecoder({ maxMessageBytes: dependencies.maxMessageBytes });
    this.#memory = dependencies.memory.open();
  }

  /** Takes the next bytes of the body, which may change after the call. Throws as GrpcMessageReader does. */
  push(chunk: Uint8Array): void {
    this.#memory.take(chunk.length);
    for (const message of this.#decoder.push(chunk)) {
      this.#hasBegun = true;
      this.#messages.push(ownMessage(message, chunk));
    }
    if (this.#messages.length > 0) {
      this.#stream.pause();
      this.#arrival?.resolve();
    } else {
      this.#watchArrival();
    }
  }

  /** The body is complete. Throws INVALID_ARGUMENT when it ended within a message. */
  end(): void {
    this.#decoder.end();
    this.#isComplete = true;
    this.#arrival?.resolve();
  }

  /** The reader gets the error after what is queued, unless the body is complete. */
  close(reason: unknown): void {
    if (!this.#isComplete) {
      this.#failure ??= StatusError.from(reason);
      this.#arrival?.resolve();
    }
  }

  /** The reader gets the error next. */
  fail(reason: unknown): void {
    this.#messages.length = 0;
    this.#failure = StatusError.from(reason);
    this.#arrival?.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { maxMessageBytes, memory, onMessage } = this.#dependencies;
    for (;;) {
      const message = await this.#next();
      if (message === undefined) {
        return;
      }
      using inflated = memory.open();
      const bytes = await plainMessage(message, this.#decompress, maxMessageBytes, inflated);
      onMessage(bytes.length);
      yield bytes;
      this.#memory.give(GRPC_HEADER_BYTES + message.bytes.length);
    }
  }

  /** Nobody reads on. */
  [Symbol.dispose](): void {
    this.#messages.length = 0;
    this.#timer?.[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
  }

  /** The next message, undefined after the last one. Throws what `close` and `fail` were told. */
  async #next(): Promise<GrpcMessage | undefined> {
    while (this.#messages.length === 0 && this.#failure === undefined && !this.#isComplete) {
      this.#arrival = Promise.withResolvers();
      this.#watchArrival();
      await this.#arrival.promise;
      this.#arrival = undefined;
      this.#timer?.[Symbol.dispose]();
      this.#timer = undefined;
    }
    const message = this.#messages.shift();
    if (message === undefined && this.#failure !== undefined) {
      throw this.#failure;
    }
    if (this.#messages.length === 0) {
      this.#stream.resume();
    }
    return message;
  }

  #watchArrival(): void {
    const { clock, maxReceiveMs } = this.#dependencies;
    const isDue = !this.#hasBegun || this.#decoder.isWithinMessage;
    if (this.#arrival !== undefined && isDue) {
      this.#timer ??= clock.schedule(maxReceiveMs, () =>
        this.fail(deadlineExceeded(`the request message did not arrive within ${maxReceiveMs} ms`)),
      );
    }
  }
}
