import { encodeGrpcFrame, GRPC_HEADER_BYTES, MODEL_VERSION_HEADER, writeGrpcHeader } from '@tensorfleet/codecs';
import { CODE_NAMES, Code, type Logger, type StatusError, type Version } from '@tensorfleet/core';
import type { SentHeaders, ServerStream } from '../../http2/http2-server.ts';
import { REQUEST_ID_HEADER } from '../request-id.ts';
import { ACCEPTED_ENCODINGS } from './grpc-compression.ts';
import { isServerFault, OK_TRAILERS, trailersFromStatus } from './grpc-status.ts';

/** Where failed calls are logged, each once: our faults with their cause as errors, the caller's as info, refusals not. */
export type GrpcLog = Pick<Logger, 'error' | 'info'>;

const HEADERS = Object.freeze({ 'content-type': 'application/grpc', 'grpc-accept-encoding': ACCEPTED_ENCODINGS });

/**
 * A message up to this size is copied behind its header: each write is a frame, a callback and often a system call of
 * its own, which cost more than the copy. Beyond one HTTP/2 frame there is nothing to gain.
 */
const MAX_JOINED_BYTES = 16_384 - GRPC_HEADER_BYTES;

/** Which call is answered, and by which version, where one is. */
export interface Answered {
  readonly requestId: string;
  readonly version?: Version | undefined;
}

function headersOf({ requestId, version }: Answered): SentHeaders {
  return version === undefined
    ? { ...HEADERS, [REQUEST_ID_HEADER]: requestId }
    : { ...HEADERS, [REQUEST_ID_HEADER]: requestId, [MODEL_VERSION_HEADER]: String(version) };
}

export function sendHeaders(stream: ServerStream, answered: Answered): void {
  stream.respond(200, headersOf(answered));
}

/** `onSent` as in `ServerStream.write`. */
export function writeMessage(stream: ServerStream, message: Uint8Array, onSent?: () => void): void {
  if (message.length <= MAX_JOINED_BYTES) {
    stream.write(encodeGrpcFrame(message), onSent);
  } else {
    const header = new Uint8Array(GRPC_HEADER_BYTES);
    writeGrpcHeader(header, message.length);
    stream.write(header);
    stream.write(message, onSent);
  }
}

/** Sends one message and the status OK. */
export function sendMessage(stream: ServerStream, message: Uint8Array, answered: Answered): void {
  sendHeaders(stream, answered);
  writeMessage(stream, message);
  stream.end(OK_TRAILERS);
}

/** Sends a status as the whole of a response (Trailers-Only). */
export function sendStatus(stream: ServerStream, trailers: SentHeaders, answered: Answered): void {
  stream.respond(200, { ...headersOf(answered), ...trailers }, { endStream: true });
}

export function sendError(stream: ServerStream, error: StatusError, answered: Answered): void {
  sendStatus(stream, trailersFromStatus(error, answered.requestId), answered);
}

/** A caller may put megabytes of names into a sentence; it gets as much of it back. */
const MAX_LOGGED_MESSAGE = 1_024;

/** What would have been served at a better time: a flood of it must not fill the log. Metrics count it. */
function isRefusal({ code, details }: StatusError): boolean {
  return code === Code.Unavailable || details['retryAfterMs'] !== undefined;
}

export function logError(log: GrpcLog, error: StatusError, requestId: string, path: string): void {
  const facts = { requestId, path, code: CODE_NAMES[error.code] };
  if (isServerFault(error)) {
    log.error({ ...facts, err: error.cause ?? error }, error.message);
  } else if (!isRefusal(error)) {
    log.info(facts, error.message.slice(0, MAX_LOGGED_MESSAGE));
  }
}
