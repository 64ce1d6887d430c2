import { randomBytes } from 'node:crypto';
import { parseTraceContext } from '@tensorfleet/codecs';
import type { TraceContext } from '@tensorfleet/core';

/** Where a trace may come from; each of them anything that a client or a host can write. */
export interface TraceSources {
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** The X-Ray header of the request: API Gateway and load balancers add one. */
  readonly xrayHeader: string | undefined;
  /** The X-Ray header of the Lambda invocation. */
  readonly xrayInvocation: string | undefined;
}

export interface RequestTrace {
  /** The request's own span, new, in the trace that its sources name or in a new one. */
  readonly context: TraceContext;
  /** The trace in X-Ray's notation, as far as one of its headers names it; the invocation's before the request's. */
  readonly xrayTraceId: string | undefined;
}

const XRAY_ROOT = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/;
const MAX_XRAY_CHARACTERS = 512;

/** `random` gives so many bytes. */
export type RandomBytes = (count: number) => Buffer;

/**
 * The trace of a request: that of `traceparent`, else that of an X-Ray header, else a new one that nobody records.
 * What is malformed counts as absent.
 */
export function traceRequest(sources: TraceSources, random: RandomBytes = randomBytes): RequestTrace {
  const header = parseXray(sources.xrayHeader);
  const invocation = parseXray(sources.xrayInvocation);
  const spanId = newSpanId(random);
  const parent = parseTraceContext(sources.traceparent, sources.tracestate) ?? header ?? invocation;
  return {
    context: {
      traceId: parent?.traceId ?? random(16).toString('hex'),
      spanId,
      sampled: parent?.sampled ?? false,
      state: parent?.state,
    },
    xrayTraceId: (invocation ?? header)?.root,
  };
}

export function newSpanId(random: RandomBytes = randomBytes): string {
  return random(8).toString('hex');
}

/** `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`: the root as a trace id of W3C. */
function parseXray(header = ''): (Pick<TraceContext, 'traceId' | 'sampled' | 'state'> & { root: string }) | undefined {
  const fields = new Map<string, string>();
  for (const field of header.slice(0, MAX_XRAY_CHARACTERS).split(';')) {
    const [name = '', value = ''] = field.split('=', 2);
    fields.set(name.trim().toLowerCase(), value.trim());
  }
  const root = fields.get('root') ?? '';
  const [, seconds, rest] = XRAY_ROOT.exec(root) ?? [];
  return seconds === undefined || rest === undefined
    ? undefined
    : { root, traceId: `${seconds}${rest}`, sampled: fields.get('sampled') === '1' };
}
