/** Raw HTTP/2, for what a well-behaved client cannot send. */

export const H2FrameType = {
  Data: 0,
  Headers: 1,
  Priority: 2,
  RstStream: 3,
  Settings: 4,
  PushPromise: 5,
  Ping: 6,
  GoAway: 7,
  WindowUpdate: 8,
  Continuation: 9,
} as const;

const END_HEADERS = 0x4;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** ":method: POST", ":scheme: http", ":path: /" by their HPACK indices and ":authority: a". */
const POST_HEADERS = Buffer.from('\x83\x86\x84\x41\x01a', 'latin1');

/** A frame on stream `id`, up to 65 535 like the bytes of its payload. */
export function h2Frame(type: number, flags: number, id: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const head = [0, payload.length >> 8, payload.length & 0xff, type, flags, 0, 0, id >> 8, id & 0xff];
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

/** Opens stream `id` with these headers, of which none is indexed or compressed. */
export function h2Headers(id: number, headers: Readonly<Record<string, string>>): Buffer {
  const literals = Object.entries(headers).map(([name, value]) =>
    Buffer.concat([Buffer.of(0), h2String(name.toLowerCase()), h2String(value)]),
  );
  return h2Frame(H2FrameType.Headers, END_HEADERS, id, Buffer.concat(literals));
}

/** HPACK's length, in seven bits and then in groups of seven, before the bytes. */
function h2String(text: string): Buffer {
  const head = [];
  let rest = text.length;
  if (rest < 127) {
    head.push(rest);
  } else {
    head.push(127);
    for (rest -= 127; rest >= 128; rest >>= 7) {
      head.push((rest & 127) | 128);
    }
    head.push(rest);
  }
  return Buffer.concat([Buffer.from(head), Buffer.from(text)]);
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
