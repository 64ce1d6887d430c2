import { type CallTrace, Code, codeFromNumber, HTTP_STATUS } from '@tensorfleet/core';

/** One finished call of either protocol, for metrics and the access log. */
export interface CallFacts {
  /** What was called, as the client wrote it: of any length, with any characters. */
  readonly target: string;
  /** `address:port`; empty on a Unix socket. */
  readonly peer: string;
  readonly requestId: string;
  /** Of the distributed trace that the caller named. */
  readonly traceId?: string | undefined;
  /** Undefined when the call was refused for its headers. */
  readonly trace: CallTrace | undefined;
  readonly code: Code;
  readonly durationMs: number;
  /** Of the message or body, unzipped; 0 when none was read. */
  readonly requestBytes: number;
  /** Of the message or body as it was sent; 0 for errors of gRPC. */
  readonly responseBytes: number;
}

export interface GrpcReport extends CallFacts {
  /** Undefined when the server has no such method, so that foreign paths never become metric labels. */
  readonly path: string | undefined;
}

export interface RestReport extends CallFacts {
  readonly method: string;
  readonly status: number;
}

/** Where codes share a status, the lowest. */
const CODE_OF_STATUS = new Map(
  Object.entries(HTTP_STATUS)
    .map(([code, status]): [number, Code] => [status, codeFromNumber(Number(code))])
    .toReversed(),
);

/** The code that an HTTP status most likely stands for, where nobody knows better. */
export function codeOfStatus(status: number): Code {
  return status < 400 ? Code.Ok : (CODE_OF_STATUS.get(status) ?? Code.Unknown);
}
