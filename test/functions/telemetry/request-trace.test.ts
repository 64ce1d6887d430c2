import { describe, expect, it } from 'vitest';
import { traceRequest } from '../../../functions/src/telemetry/request-trace.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const ROOT = '1-5759e988-bd862e3fe1be46a994272793';
const ROOT_TRACE = '5759e988bd862e3fe1be46a994272793';

const NONE = { traceparent: undefined, tracestate: undefined, xrayHeader: undefined, xrayInvocation: undefined };
const random = (count: number): Buffer => Buffer.alloc(count, 0xab);

const NEW_SPAN = 'ab'.repeat(8);
const NEW_TRACE = 'ab'.repeat(16);

describe('traceRequest', () => {
  it.each([
    ['traceparent', { traceparent: PARENT, tracestate: 'a=1', xrayHeader: `Root=${ROOT};Sampled=0` }, TRACE, true],
    ['the X-Ray header', { xrayHeader: `Root=${ROOT};Parent=53995c3f42cd8ad8;Sampled=1` }, ROOT_TRACE, true],
    ['the X-Ray header with more in it', { xrayHeader: `Self=1-2-3; Root=${ROOT} ;Lineage=a:0` }, ROOT_TRACE, false],
    ['the invocation', { xrayInvocation: `Root=${ROOT};Parent=53995c3f42cd8ad8;Sampled=0` }, ROOT_TRACE, false],
    ['nothing', {}, NEW_TRACE, false],
    ['a broken traceparent', { traceparent: 'x', xrayHeader: `Root=${ROOT}` }, ROOT_TRACE, false],
    ['a broken X-Ray header', { xrayHeader: 'Root=1-5759e988-x;Sampled=1' }, NEW_TRACE, false],
    ['one that would break a line', { xrayHeader: `Root=${ROOT}\n{"level":"ERROR"}` }, NEW_TRACE, false],
    ['a megabyte', { xrayHeader: `${'a;'.repeat(2 ** 19)}Root=${ROOT}` }, NEW_TRACE, false],
  ])('goes on from %s with a span of its own', (_name, sources, traceId, sampled) => {
    const { context } = traceRequest({ ...NONE, ...sources }, random);
    expect(context).toMatchObject({ traceId, sampled, spanId: NEW_SPAN });
  });

  it('carries the state of its parent, and none without one', () => {
    const states = [PARENT, 'broken'].map((traceparent) => traceRequest({ ...NONE, traceparent, tracestate: 'a=1' }));
    expect(states.map(({ context }) => context.state)).toEqual(['a=1', undefined]);
  });

  it('names the invocation`s X-Ray trace before that of the request', () => {
    const other = '1-00000001-000000000000000000000002';
    const ids = [
      traceRequest({ ...NONE, xrayHeader: `Root=${other}`, xrayInvocation: `Root=${ROOT}` }),
      traceRequest({ ...NONE, xrayHeader: `Root=${other}` }),
      traceRequest({ ...NONE, traceparent: PARENT }),
    ].map(({ xrayTraceId }) => xrayTraceId);
    expect(ids).toEqual([ROOT, other, undefined]);
  });
});
