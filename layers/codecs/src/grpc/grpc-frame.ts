import { invalidArgument, resourceExhausted } from '@tensorfleet/core';
import { GRPC_HEADER_BYTES, writeGrpcHeader } from './grpc-header.ts';

/**
 * A buffer for a message is allocated at once up to this size and doubled beyond it, so that a length alone
 * costs a peer's victim no more. The bet: messages up to here arrive in full, and are then copied once.
 */
const EAGER_BYTES = 1024 * 1024;

export interface GrpcFrameDecoderOptions {
  /** Longest message that is accepted, in bytes. */
  readonly maxMessageBytes: number;
}

/** One message of a stream. */
export interface GrpcMessage {
  readonly bytes: Uint8Array;
  /** Whether `bytes` are compressed, in the encoding that the stream's headers name. */
  readonly isCompressed: boolean;
}

/** The message behind a gRPC frame header, in one new buffer. Encoders do without the copy: `framed: true`. */
export function encodeGrpcFrame(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(GRPC_HEADER_BYTES + message.length);
  writeGrpcHeader(frame, message.length);
  frame.set(message, GRPC_HEADER_BYTES);
  return frame;
}

/**
 * Cuts a stream of chunks into gRPC messages.
 *
 * Invariants: `#headerBytes` < GRPC_HEADER_BYTES or the header is complete and a message of `#length` bytes is
 * awaited, `#received` < `#length` of them in `#body`. After an error the stream has no meaning any more.
 */
export class GrpcFrameDecoder {
  readonly #maxMessageBytes: number;
  readonly #header = new Uint8Array(GRPC_HEADER_BYTES);
  #headerBytes = 0;
  #isCompressed = false;
  #length = 0;
  #body = new Uint8Array(0);
  #received = 0;

  constructor(options: GrpcFrameDecoderOptions) {
    this.#maxMessageBytes = options.maxMessageBytes;
  }

  /**
   * The messages that `chunk` completes, in order. A message that lies in `chunk` as a whole is a view into it.
   * Throws RESOURCE_EXHAUSTED for a message over the limit before anything is allocated for it, INVALID_ARGUMENT for
   * a compression flag that is none.
   */
  push(chunk: Uint8Array): GrpcMessage[] {
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength); // a plain view of a Buffer
    const messages: GrpcMessage[] = [];
    let offset = 0;
    while (offset < bytes.length) {
      offset = this.#headerBytes < GRPC_HEADER_BYTES ? this.#readHeader(bytes, offset) : offset;
      if (this.#headerBytes < GRPC_HEADER_BYTES) {
        break;
      }
      const end = Math.min(bytes.length, offset + this.#length - this.#received);
      const message = this.#readBody(bytes.subarray(offset, end));
      if (message !== undefined) {
        messages.push({ bytes: message, isCompressed: this.#isCompressed });
      }
      offset = end;
    }
    return messages;
  }

  /** Whether a message has begun and is not complete. */
  get isWithinMessage(): boolean {
    return this.#headerBytes > 0;
  }

  /** Call when the stream has ended. Throws INVALID_ARGUMENT when it ended within a message. */
  end(): void {
    if (this.isWithinMessage) {
      const expected = this.#headerBytes < GRPC_HEADER_BYTES ? 'the header' : `${this.#length} bytes`;
      const received = this.#headerBytes < GRPC_HEADER_BYTES ? this.#headerBytes : this.#received;
      throw invalidArgument(`the stream ended within a gRPC message: ${received} bytes of ${expected} were received`);
    }
  }

  /** Takes header bytes from `offset` on and returns the offset after them. */
  #readHeader(bytes: Uint8Array, offset: number): number {
    const taken = bytes.subarray(offset, offset + GRPC_HEADER_BYTES - this.#headerBytes);
    this.#header.set(taken, this.#headerBytes);
    this.#headerBytes += taken.length;
    if (this.#headerBytes === GRPC_HEADER_BYTES) {
      this.#length = this.#checkedLength();
    }
    return offset + taken.length;
  }

  #checkedLength(): number {
    const view = new DataView(this.#header.buffer);
    const flag = view.getUint8(0);
    if (flag > 1) {
      throw invalidArgument(`the compression flag of a gRPC message is ${flag}, it must be 0 or 1`);
    }
    this.#isCompressed = flag === 1;
    const length = view.getUint32(1);
    if (length > this.#maxMessageBytes) {
      throw resourceExhausted(
        `the gRPC message has ${length} bytes, at most ${this.#maxMessageBytes} bytes are accepted`,
      );
    }
    return length;
  }

  /** The message, when `part` completes it. */
  #readBody(part: Uint8Array): Uint8Array | undefined {
    if (part.length === this.#length) {
      this.#reset();
      return part;
    }
    this.#reserve(this.#received + part.length);
    this.#body.set(part, this.#received);
    this.#received += part.length;
    if (this.#received < this.#length) {
      return undefined;
    }
    const message = this.#body;
    this.#reset();
    return message;
  }

  /** Makes room for `size` bytes of the message: never more than twice what has arrived, or EAGER_BYTES. */
  #reserve(size: number): void {
    if (size <= this.#body.length) {
      return;
    }
    const grown = new Uint8Array(Math.min(this.#length, Math.max(EAGER_BYTES, 2 * size)));
    grown.set(this.#body.subarray(0, this.#received));
    this.#body = grown;
  }

  #reset(): void {
    this.#headerBytes = 0;
    this.#length = 0;
    this.#received = 0;
    this.#body = new Uint8Array(0);
  }
}
