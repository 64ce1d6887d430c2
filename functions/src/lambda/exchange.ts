/** The request in an event. */
export interface EventRequest {
  readonly method: string;
  /** As the client sent it, as far as the event says; without the stage. */
  readonly rawTarget: string;
  /** A name that stands here twice was sent twice. Values are text, of which bytes are made. */
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly body: string | null | undefined;
  readonly isBase64Encoded: boolean;
  /** The host's name for the request. */
  readonly requestId?: string | undefined;
  readonly sourceIp?: string | undefined;
  /** What an authorizer in front says of the caller. */
  readonly authorizerContext?: Readonly<Record<string, unknown>> | undefined;
}

/** An answer with its whole body. */
export interface EventAnswer {
  readonly status: number;
  /** Without cookies. */
  readonly headers: Headers;
  readonly cookies: readonly string[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** What a handler returns: every kind of event has its own form, these fields are in all of them. */
export interface LambdaResult {
  readonly statusCode: number;
  readonly body: string;
  readonly isBase64Encoded: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly cookies?: readonly string[];
}

/** An event that was understood: what it asks for, and how whoever sent it wants the answer. */
export interface Exchange {
  readonly request: EventRequest;
  /** Largest result, as JSON. */
  readonly maxResultBytes: number;
  resultOf(answer: EventAnswer): LambdaResult;
}

/** Reads events of one kind; undefined for those of another. */
export type OpenEvent = (event: object) => Exchange | undefined;

/** What Lambda carries: 6 MiB and a hundred bytes, by its own error message. */
export const MAX_LAMBDA_RESULT_BYTES = 6_291_556;
