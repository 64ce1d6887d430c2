import { encodeGrpcFrame, GRPC_HEADER_BYTES, writeGrpcHeader } from '@tensorfleet/codecs';
import { type CallTrace, CODE_NAMES, type Code, type Logger, type StatusError } from '@tensorfleet/core';
import type { SentHeaders, ServerStream } from '../http2/http2-server.ts';
import { ACCEPTED_ENCODINGS } from './grpc-compression.ts';
import { isServerFault, OK_TRAILERS, trailersFromStatus } from './grpc-status.ts';

/** Where failed calls are logged, each once: our faults with their cause as errors, the caller's as info. */
export type GrpcLog = Pick<Logger, 'error' | 'info'>;

/** One finished call, for metrics and the access log. */
export interface CallReport {
  /** Undefined when the server has no such method, so that foreign paths never become metric labels. */
  readonly path: string | undefined;
  /** The raw :path, whatever the caller put there. */
  readonly target: string;
  readonly peer: string;
  readonly requestId: string;
  /** Undefined when the call was refused for its headers. */
  readonly trace: CallTrace | undefined;
  readonly code: Code;
  readonly durationMs: number;
  /** Of the decoded message; 0 when none arrived. */
  readonly requestBytes: number;
  /** Of the message; 0 for errors. */
  readonly responseBytes: number;
}

const HEADERS = Object.freeze({ 'content-type': 'application/grpc', 'grpc-accept-encoding': ACCEPTED_ENCODINGS });

/**
 * A message up to this size is copied behind its header: each write is a frame, a callback and often a system call of
 * its own, which cost more than the copy. Beyond one HTTP/2 frame there is nothing to gain.
 */
const MAX_JOINED_BYTES = 16_384 - GRPC_HEADER_BYTES;

export function sendHeaders(stream: ServerStream): void {
  stream.respond(200, HEADERS);
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
export function sendMessage(stream: ServerStream, message: Uint8Array): void {
  sendHeaders(stream);
  writeMessage(stream, message);
  stream.end(OK_TRAILERS);
}

/** Ends a response; without headers the status is the whole of it (Trailers-Only). */
export function sendStatus(stream: ServerStream, trailers: SentHeaders, hasHeaders: boolean): void {
  if (hasHeaders) {
    stream.end(trailers);
  } else {
    stream.respond(200, { ...HEADERS, ...trailers }, { endStream: true });
  }
}

export function sendError(stream: ServerStream, error: StatusError, requestId: string): void {
  sendStatus(stream, trailersFromStatus(error, requestId), false);
}

/** A caller may put megabytes of names into a sentence; it gets as much of it back. */
const MAX_LOGGED_MESSAGE = 1_024;

export function logError(log: GrpcLog, error: StatusError, requestId: string, path: string): void {
  const facts = { requestId, path, code: CODE_NAMES[error.code] };
  if (isServerFault(error.code)) {
    log.error({ ...facts, err: error.cause ?? error }, error.message);
  } else {
    log.info(facts, error.message.slice(0, MAX_LOGGED_MESSAGE));
  }
}
