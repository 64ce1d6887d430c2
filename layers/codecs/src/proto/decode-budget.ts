import { invalidArgument } from '@tensorfleet/core';

export interface DecodeOptions {
  /**
   * Most bytes that decoding one message may allocate for tensor values that are not views into it: `*_val`
   * fields (a shape may claim any number of elements and send one value, which then counts for all) and strings.
   * Default: 16 MiB and 64 times the message, at most 256 MiB, so that a few bytes never cost much more than that.
   */
  readonly maxTensorBytes?: number;
  /** Told of those bytes before they are allocated; what it throws ends the decoding. */
  readonly onAllocate?: (bytes: number) => void;
}

const MEBIBYTE = 2 ** 20;
const MAX_TENSOR_BYTES = 256 * MEBIBYTE;
/** What a message may claim without sending it: one value for a tensor of this size. */
const CLAIMED_BYTES = 16 * MEBIBYTE;
/** What was sent grows at most as much: an empty string takes two bytes on the wire and 128 in memory. */
const GROWTH = 64;

/** No model has as many inputs; each costs far more than the dozen bytes that it takes on the wire. */
const MAX_TENSORS = 16_384;

/** What decoding one message may still allocate; shared by all tensors of the message. */
export class DecodeBudget {
  readonly #maxBytes: number;
  readonly #onAllocate: (bytes: number) => void;
  #left: number;
  #tensors = 0;

  /** For a message of `messageBytes`. */
  constructor(messageBytes: number, options: DecodeOptions = {}) {
    const { maxTensorBytes = Math.min(CLAIMED_BYTES + GROWTH * messageBytes, MAX_TENSOR_BYTES) } = options;
    this.#maxBytes = maxTensorBytes;
    this.#onAllocate = options.onAllocate ?? (() => undefined);
    this.#left = this.#maxBytes;
  }

  /** Call before each tensor. Throws INVALID_ARGUMENT when they are too many. */
  takeTensor(): void {
    if (++this.#tensors > MAX_TENSORS) {
      throw invalidArgument(`the message has more than ${MAX_TENSORS} tensors`);
    }
  }

  /** Call before `bytes` bytes are allocated for `what`. Throws INVALID_ARGUMENT when they are too many. */
  take(bytes: number, what: string): void {
    if (bytes > this.#left) {
      const rest = this.#left < this.#maxBytes ? `, ${this.#left} of them are left` : '';
      throw invalidArgument(
        `${what} needs ${bytes} bytes; the values of one message may need ${this.#maxBytes} bytes${rest}`,
      );
    }
    this.#onAllocate(bytes);
    this.#left -= bytes;
  }
}
