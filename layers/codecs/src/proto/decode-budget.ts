import { invalidArgument } from '@tensorfleet/core';

export interface DecodeOptions {
  /**
   * Most bytes that decoding one message may allocate for tensor values that are not views into it: `*_val`
   * fields (a shape may claim any number of elements and send one value, which then counts for all) and strings.
   * Default: 268,435,456 (256 MiB).
   */
  readonly maxTensorBytes?: number;
}

const DEFAULT_MAX_TENSOR_BYTES = 256 * 1024 * 1024;

/** What decoding one message may still allocate; shared by all tensors of the message. */
export class DecodeBudget {
  readonly #maxBytes: number;
  #left: number;

  constructor(options: DecodeOptions = {}) {
    this.#maxBytes = options.maxTensorBytes ?? DEFAULT_MAX_TENSOR_BYTES;
    this.#left = this.#maxBytes;
  }

  /** Call before `bytes` bytes are allocated for `what`. Throws INVALID_ARGUMENT when they are too many. */
  take(bytes: number, what: string): void {
    if (bytes > this.#left) {
      const rest = this.#left < this.#maxBytes ? `, ${this.#left} of them are left` : '';
      throw invalidArgument(
        `${what} needs ${bytes} bytes; the values of one message may need ${this.#maxBytes} bytes${rest}`,
      );
    }
    this.#left -= bytes;
  }
}
