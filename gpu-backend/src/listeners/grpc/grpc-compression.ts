import type { GrpcMessage } from '@tensorfleet/codecs';
import { invalidArgument, resourceExhausted, StatusError, unimplemented } from '@tensorfleet/core';
import { type Compression, inflate } from '../inflate.ts';
import type { MemoryShare } from '../request-memory.ts';

/** What requests may use; the value of grpc-accept-encoding. */
export const ACCEPTED_ENCODINGS = 'identity,gzip,deflate';

/**
 * Inflates one message; rejects with RESOURCE_EXHAUSTED beyond `maxMessageBytes`, INVALID_ARGUMENT when broken, and as
 * `memory` does.
 */
export type Decompress = (message: Uint8Array, maxMessageBytes: number, memory: MemoryShare) => Promise<Uint8Array>;

/** Undefined when messages must not be compressed. Throws UNIMPLEMENTED for an encoding that is not accepted. */
export function decompressorOf(encoding: string | undefined): Decompress | undefined {
  switch (encoding ?? 'identity') {
    case 'identity':
      return undefined;
    case 'gzip':
      return inflating('gzip');
    case 'deflate':
      return inflating('deflate');
    default: {
      const shown = JSON.stringify(encoding?.slice(0, 40));
      throw unimplemented(`grpc-encoding is ${shown}, this server accepts ${ACCEPTED_ENCODINGS}`);
    }
  }
}

/**
 * The bytes of a message, inflated where it is compressed. Rejects as `decompress` does, and with INVALID_ARGUMENT for
 * a compressed message in a stream that names no encoding.
 */
export async function plainMessage(
  message: GrpcMessage,
  decompress: Decompress | undefined,
  maxMessageBytes: number,
  memory: MemoryShare,
): Promise<Uint8Array> {
  if (!message.isCompressed) {
    return message.bytes;
  }
  if (decompress === undefined) {
    throw invalidArgument('the message is marked as compressed, the request names no grpc-encoding');
  }
  return decompress(message.bytes, maxMessageBytes, memory);
}

function inflating(compression: Compression): Decompress {
  return async (message, maxMessageBytes, memory) => {
    const inflated = await inflate(compression, message, maxMessageBytes, memory).catch((reason: unknown) => {
      throw StatusError.is(reason)
        ? reason
        : invalidArgument(`the message is marked as ${compression} and cannot be inflated`, {}, reason);
    });
    if (inflated === undefined) {
      throw resourceExhausted(`the message inflates to more than ${maxMessageBytes} bytes`);
    }
    return inflated;
  };
}
