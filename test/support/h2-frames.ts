/** Raw HTTP/2, for what a well-behaved client cannot send. */

export const H2FrameType = { Data: 0, Headers: 1, RstStream: 3, Settings: 4, Continuation: 9 } as const;

const END_HEADERS = 0x4;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** ":method: POST", ":scheme: http", ":path: /" by their HPACK indices and ":authority: a". */
const POST_HEADERS = Buffer.from('\x83\x86\x84\x41\x01a', 'latin1');

/** A frame on stream `id`; payloads below 64 KiB. */
export function h2Frame(type: number, flags: number, id: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const head = [0, payload.length >> 8, payload.length & 0xff, type, flags, 0, 0, 0, id];
  return Buffer.concat([Buffer.from(head), payload]);
}

/** What a client sends first. */
export function h2Start(): Buffer {
  return Buffer.concat([Buffer.from(PREFACE), h2Frame(H2FrameType.Settings, 0, 0)]);
}

/** Opens stream 1 with `POST /`. */
export function h2Post(): Buffer {
  return h2Frame(H2FrameType.Headers, END_HEADERS, 1, POST_HEADERS);
}

export function h2Reset(code: number): Buffer {
  return h2Frame(H2FrameType.RstStream, 0, 1, Buffer.from([0, 0, 0, code]));
}

/** A header block that goes on for `frames` frames without an end. */
export function h2EndlessHeaders(frames: number): Buffer {
  const header = Buffer.concat([Buffer.from('\x40\x01a\x7f\x60', 'latin1'), Buffer.alloc(223, 'b')]);
  const more = Array.from({ length: frames }, () => h2Frame(H2FrameType.Continuation, 0, 1, header));
  return Buffer.concat([h2Frame(H2FrameType.Headers, 0, 1, POST_HEADERS), ...more]);
}
