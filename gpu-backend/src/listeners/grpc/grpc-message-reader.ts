import { GrpcFrameDecoder, type GrpcMessage } from '@tensorfleet/codecs';
import { unimplemented } from '@tensorfleet/core';
import type { MemoryShare } from '../request-memory.ts';
import { type Decompress, plainMessage } from './grpc-compression.ts';

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
  #message: GrpcMessage | undefined;

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
    for (const message of this.#decoder.push(chunk)) {
      if (this.#message !== undefined) {
        throw unimplemented('the call has more than one request message, the method takes exactly one');
      }
      this.#message = ownMessage(message, chunk);
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
    return plainMessage(this.#message, this.#decompress, this.#maxMessageBytes, this.#memory);
  }
}

/** The message, copied if it lies in `chunk`, which may change. */
export function ownMessage(message: GrpcMessage, chunk: Uint8Array): GrpcMessage {
  const { bytes, isCompressed } = message;
  return bytes.buffer === chunk.buffer ? { bytes: bytes.slice(), isCompressed } : message;
}
