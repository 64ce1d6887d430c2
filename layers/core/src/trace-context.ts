/** A place in a distributed trace, in the terms of W3C Trace Context. */
export interface TraceContext {
  /** 32 hexadecimal digits in lower case, not all of them zero. */
  readonly traceId: string;
  /** Who is at work: 16 of the same. */
  readonly spanId: string;
  /** Whether somebody records the trace. */
  readonly sampled: boolean;
  /** What tracing systems hand one another, as it came. */
  readonly state?: string | undefined;
}
