/** One byte that says whether the message is compressed, then its length in four bytes, most significant first. */
export const GRPC_HEADER_BYTES = 5;

/** Fills the reserved first bytes of `frame` for an uncompressed message of `messageBytes` bytes. */
export function writeGrpcHeader(frame: Uint8Array, messageBytes: number): void {
  frame[0] = 0;
  frame[1] = messageBytes >>> 24;
  frame[2] = messageBytes >>> 16;
  frame[3] = messageBytes >>> 8;
  frame[4] = messageBytes;
}
