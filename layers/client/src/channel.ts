/** Carries encoded messages to a server; knows no message type. Passes test/contract/channel.contract.ts. */
export interface Channel extends AsyncDisposable {
  /**
   * Calls `path` (`/package.Service/Method`) with one message and resolves with the answer, which may be a view into
   * a larger, shared buffer. Rejects with a StatusError that has the server's code and message; CANCELLED or the
   * signal's own StatusError when it aborts, DEADLINE_EXCEEDED after `timeoutMs`, UNAVAILABLE without a connection
   * and after disposal. Errors of a call that no server was there for say so: `isNoBackend`. `message` must not change
   * before that. A call may reach several servers: it must be a question, or a pure function of its message.
   */
  unary(path: string, message: Uint8Array, options?: UnaryOptions): Promise<Uint8Array>;
  /** Refuses new calls and resolves when the open ones are done. Idempotent. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface UnaryOptions {
  /** The server gets this time, retries included. Default: none; a call without a deadline may wait for ever. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Sent as request headers; names in lower case, values in printable ASCII. */
  readonly metadata?: ReadonlyMap<string, string>;
}
