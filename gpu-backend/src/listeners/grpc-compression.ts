import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { invalidArgument, resourceExhausted, unimplemented } from '@tensorfleet/core';

/** What requests may use; the value of grpc-accept-encoding. */
export const ACCEPTED_ENCODINGS = 'identity,gzip';

/** Inflates one message; rejects with RESOURCE_EXHAUSTED beyond `maxMessageBytes`, INVALID_ARGUMENT when broken. */
export type Decompress = (message: Uint8Array, maxMessageBytes: number) => Promise<Uint8Array>;

const gunzipAsync = promisify(gunzip);

/** Undefined when messages must not be compressed. Throws UNIMPLEMENTED for an encoding that is not accepted. */
export function decompressorOf(encoding: string | undefined): Decompress | undefined {
  switch (encoding ?? 'identity') {
    case 'identity':
      return undefined;
    case 'gzip':
      return inflateGzip;
    default: {
      const shown = JSON.stringify(encoding?.slice(0, 40));
      throw unimplemented(`grpc-encoding is ${shown}, this server accepts ${ACCEPTED_ENCODINGS}`);
    }
  }
}

async function inflateGzip(message: Uint8Array, maxMessageBytes: number): Promise<Uint8Array> {
  try {
    return await gunzipAsync(message, { maxOutputLength: maxMessageBytes });
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason && reason.code === 'ERR_BUFFER_TOO_LARGE') {
      throw resourceExhausted(`the message inflates to more than ${maxMessageBytes} bytes`, {}, reason);
    }
    throw invalidArgument('the message is marked as gzip and cannot be inflated', {}, reason);
  }
}
