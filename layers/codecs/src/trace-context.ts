import type { TraceContext } from '@tensorfleet/core';

/** The headers of W3C Trace Context, and the gRPC metadata of the same names. */
export const TRACEPARENT_HEADER = 'traceparent';
export const TRACESTATE_HEADER = 'tracestate';

const MAX_CHARACTERS = 512;
const MAX_MEMBERS = 32;

/** Version, trace, parent, flags; versions to come may have more behind another dash. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MEMBER = /^[a-z0-9][a-z0-9_*/@-]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const ONLY_ZEROS = /^0+$/;
const SAMPLED = 1;

/** The caller's span, from the two headers; undefined for what is none, as the standard has it. Never throws. */
export function parseTraceContext(traceparent: string | undefined, tracestate?: string): TraceContext | undefined {
  const text = traceparent?.trim() ?? '';
  const [, version = '', traceId = '', spanId = '', flags = '', rest] =
    (text.length <= MAX_CHARACTERS && TRACEPARENT.exec(text)) || [];
  const isKnown = version !== '' && version !== 'ff' && (version !== '00' || rest === undefined);
  if (!isKnown || ONLY_ZEROS.test(traceId) || ONLY_ZEROS.test(spanId)) {
    return undefined;
  }
  const sampled = (Number.parseInt(flags, 16) & SAMPLED) !== 0;
  return { traceId, spanId, sampled, state: parseTracestate(tracestate) };
}

/** The state when it is well formed and of a length that everybody takes. */
function parseTracestate(header: string | undefined): string | undefined {
  const text = header?.trim() ?? '';
  if (text === '' || text.length > MAX_CHARACTERS) {
    return undefined;
  }
  const members = text.split(',').map((member) => member.trim());
  return members.length <= MAX_MEMBERS && members.every((member) => member === '' || MEMBER.test(member))
    ? text
    : undefined;
}

/** The value of the header `traceparent` that makes `context` the parent of what is asked for. */
export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-0${sampled ? SAMPLED : 0}`;
}
