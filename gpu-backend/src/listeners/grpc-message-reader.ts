import { GrpcFrameDecoder } from '@tensorfleet/codecs';
import { invalidArgument, unimplemented } from '@tensorfleet/core';
import type { Decompress } from './grpc-compression.ts';
import type { MemoryShare } from './request-memory.ts';

const COMPRESSED = 1;
const PLAIN_FLAG = Uint8Array.of(0);

/**
 * Collects the one message of a unary call, from chunks of any size.
 * Invariants: no more than the limit is ever buffered, and all of it is taken from `memory`; the message shares no
 * memory with the chunks.
 */
export class GrpcMessageReader {
  readonly #decoder: GrpcFrameDecoder;
  readonly #decompress: Decompress | undefined;
  readonly #maxMessageBytes: number;
  readonly #memory: MemoryShare;
  #started = false;
  #isCompressed = false;
  #message: Uint8Array | undefined;

  /** `decompress` is undefined when the request's encoding is identity. */
  constructor(decompress: Decompress | undefined, maxMessageBytes: number, memory: MemoryShare) {
    this.#decoder = new GrpcFrameDecoder({ maxMessageBytes });
    this.#decompress = decompress;
    this.#maxMessageBytes = maxMessageBytes;
    this.#memory = memory;
  }

  /**
   * Takes the next bytes of the body; they may change after the call. Throws RESOURCE_EXHAUSTED as soon as a length
   * over the limit is announced, UNIMPLEMENTED at a second message, INVALID_ARGUMENT for a bad compression flag,
   * and as the memory share does.
   */
  push(chunk: Uint8Array): void {
    this.#memory.take(chunk.length);
    let bytes = chunk;
    if (!this.#started && bytes.length > 0) {
      this.#started = true;
      if (bytes[0] === COMPRESSED) {
        this.#acceptCompressed();
        bytes = bytes.subarray(1);
      }
    }
    for (const message of this.#decoder.push(bytes)) {
      if (this.#message !== undefined) {
        throw unimplemented('the call has more than one request message, the method takes exactly one');
      }
      this.#message = message.buffer === chunk.buffer ? message.slice() : message;
    }
  }

  /**
   * The message, after the last chunk. Rejects with INVALID_ARGUMENT when the body ends within it or it cannot be inflated,
   * UNIMPLEMENTED when there is none, RESOURCE_EXHAUSTED when it inflates beyond the limit, UNAVAILABLE beyond the share.
   */
  async finish(): Promise<Uint8Array> {
    this.#decoder.end();
    if (this.#message === undefined) {
      throw unimplemented('the call has no request message, the method takes exactly one');
    }
    const inflate = this.#isCompressed ? this.#decompress : undefined;
    return inflate === undefined ? this.#message : await inflate(this.#message, this.#maxMessageBytes, this.#memory);
  }

  /** The frame decoder knows plain messages only: it gets the frame under a plain flag. */
  #acceptCompressed(): void {
    if (this.#decompress === undefined) {
      throw invalidArgument('the message is marked as compressed, the request names no grpc-encoding');
    }
    this.#isCompressed = true;
    this.#decoder.push(PLAIN_FLAG);
  }
}
