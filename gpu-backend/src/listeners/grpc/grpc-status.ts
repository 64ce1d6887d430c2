import { Code, codeFromNumber, NO_RETRY, PUBLIC, StatusError } from '@tensorfleet/core';
import type { ReceivedHeaders, SentHeaders } from '../../http2/http2-server.ts';

/** UTF-8 bytes of a status message on the wire; TensorFlow Serving's limit and mark. */
const MAX_MESSAGE_BYTES = 1_024;
const TRUNCATED = '...TRUNCATED';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const OK_TRAILERS: SentHeaders = Object.freeze({ 'grpc-status': String(Code.Ok) });

/** Whether the message may show what is inside; clients get a fixed sentence instead. */
export function isServerFault({ code, details }: StatusError): boolean {
  const mayShowMore = code === Code.Internal || code === Code.Unknown;
  return mayShowMore && details['audience'] !== PUBLIC['audience'];
}

/** The trailers of a failed call. `requestId` finds a server fault in the log. */
export function trailersFromStatus(error: StatusError, requestId: string): SentHeaders {
  const message = isServerFault(error)
    ? `internal error; the log of the server has its cause under request id ${requestId}`
    : error.message;
  return {
    'grpc-status': String(error.code),
    'grpc-message': percentEncode(cut(message)),
    // gRPC's retry design (A6): a negative push-back tells clients not to retry.
    ...(error.details['retry'] === NO_RETRY['retry'] && { 'grpc-retry-pushback-ms': '-1' }),
  };
}

/** The status in these trailers, undefined for OK. Absent or malformed ones are UNKNOWN, as gRPC prescribes. */
export function statusFromTrailers(trailers: ReceivedHeaders): StatusError | undefined {
  const status = trailers.get('grpc-status') ?? '';
  const code = /^\d{1,2}$/.test(status) ? codeFromNumber(Number(status)) : Code.Unknown;
  const message = percentDecode(trailers.get('grpc-message') ?? '');
  return code === Code.Ok ? undefined : new StatusError(code, message);
}

function cut(message: string): Uint8Array {
  const bytes = encoder.encode(message);
  if (bytes.length <= MAX_MESSAGE_BYTES) {
    return bytes;
  }
  let end = MAX_MESSAGE_BYTES;
  while (isContinuation(bytes[end])) {
    end--;
  }
  return encoder.encode(decoder.decode(bytes.subarray(0, end)) + TRUNCATED);
}

/** Whether a UTF-8 byte belongs to the character that started before it. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** gRPC over HTTP/2, Status-Message: printable ASCII but "%" as it is, every other byte as %XX. */
function percentEncode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    text += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

/** Total: an escape that is none stays as it is, bytes that are not UTF-8 become U+FFFD. */
function percentDecode(text: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const escaped = /^%[0-9a-fA-F]{2}/.exec(text.slice(at, at + 3));
    if (escaped === null) {
      bytes.push(...encoder.encode(text[at]));
    } else {
      bytes.push(Number.parseInt(escaped[0].slice(1), 16));
      at += 2;
    }
  }
  return decoder.decode(Uint8Array.from(bytes));
}
