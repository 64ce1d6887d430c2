import { type CallTrace, createCallTrace } from './call-trace.ts';
import type { Clock } from './clock.ts';
import { type Deadline, remainingMs } from './deadline.ts';
import { deadlineExceeded, StatusError } from './status-error.ts';
import type { TraceContext } from './trace-context.ts';

/**
 * What a request carries down through every floor. `signal` aborts with a StatusError as its reason:
 * CANCELLED when the caller left, DEADLINE_EXCEEDED when `deadline` passed.
 */
export interface CallContext {
  readonly requestId: string;
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
  /** Whom the request is for, where its caller says so: one version answers all requests with the same key. */
  readonly routingKey?: string | undefined;
  /** The span that works on the call, where the request belongs to a distributed trace. */
  readonly traceContext?: TraceContext | undefined;
  /** Absent where nobody asks what became of the call. */
  readonly trace?: CallTrace;
}

/** Throws the signal's reason as a StatusError when the call is over. */
export function throwIfOver(context: CallContext): void {
  if (context.signal.aborted) {
    throw StatusError.from(context.signal.reason);
  }
}

/** A call whose signal aborts by `abort` or at its deadline; dispose it when the call ends. */
export interface OpenCall extends Disposable {
  readonly context: CallContext & { readonly trace: CallTrace };
  /** Ends the call early, for example because the connection closed. Idempotent. */
  abort(reason: StatusError): void;
  /** Brings the deadline forward; a later one than the call has changes nothing. Not after dispose. */
  endBy(deadline: Deadline): void;
}

/** Opens a call; its one timer and its listeners are gone after dispose. */
export function openCall(
  clock: Clock,
  requestId: string,
  deadline: Deadline,
  routingKey?: string,
  traceContext?: TraceContext,
): OpenCall {
  const controller = new AbortController();
  const abort = (reason: StatusError): void => controller.abort(reason);
  const expire = (): void => abort(deadlineExceeded('the deadline of the request has passed'));
  let current = Number.POSITIVE_INFINITY;
  let timer: Disposable | undefined;
  const endBy = (next: Deadline): void => {
    if (next >= current || controller.signal.aborted) {
      return;
    }
    current = next;
    timer?.[Symbol.dispose]();
    const leftMs = remainingMs(clock, next);
    if (leftMs <= 0) {
      expire();
    } else {
      timer = clock.schedule(leftMs, expire);
    }
  };
  endBy(deadline);
  return {
    context: {
      requestId,
      get deadline() {
        return current;
      },
      signal: controller.signal,
      routingKey,
      traceContext,
      trace: createCallTrace(),
    },
    abort,
    endBy,
    [Symbol.dispose]: () => timer?.[Symbol.dispose](),
  };
}
