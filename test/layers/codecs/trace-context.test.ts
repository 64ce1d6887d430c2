import { formatTraceparent, parseTraceContext } from '@tensorfleet/codecs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const PARENT = `00-${TRACE}-${SPAN}-01`;

describe('parseTraceContext', () => {
  it.each([
    ['sampled', PARENT, true],
    ['not sampled', `00-${TRACE}-${SPAN}-00`, false],
    ['with flags to come', `00-${TRACE}-${SPAN}-fe`, false],
    ['of a version to come', `cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, true],
    ['with spaces around it', ` ${PARENT}\t`, true],
  ])('reads a parent %s', (_name, header, sampled) => {
    expect(parseTraceContext(header)).toEqual({ traceId: TRACE, spanId: SPAN, sampled, state: undefined });
  });

  it.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['more than version 00 has', `${PARENT}-what`],
    ['a dash at the end', `${PARENT}-`],
    ['more without a dash', `cc-${TRACE}-${SPAN}-01.what`],
    ['capitals', PARENT.toUpperCase()],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['two of them', `${PARENT},${PARENT}`],
    ['a line break', `${PARENT}\nforged: 1`],
    ['a megabyte', `cc-${TRACE}-${SPAN}-01-${'a'.repeat(2 ** 20)}`],
  ])('takes no %s', (_name, header) => {
    expect(parseTraceContext(header, 'a=1')).toBeUndefined();
  });

  it.each([
    ['rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', true],
    ['a=1, b=2 ,', true],
    ['fw529a3039@dt=FfFf', true],
    ['', false],
    ['novalue', false],
    ['Capital=1', false],
    ['a=1\r\nforged: 1', false],
    ['a=ü', false],
    [Array.from({ length: 33 }, (_, index) => `k${index}=1`).join(','), false],
    [`a=${'x'.repeat(520)}`, false],
  ])('carries the state %j: %s', (state, isCarried) => {
    expect(parseTraceContext(PARENT, state)?.state).toBe(isCarried ? state : undefined);
  });

  it('never throws, and what it takes can be written again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (parent, state) => {
        const context = parseTraceContext(parent, state);
        expect(context === undefined || parseTraceContext(formatTraceparent(context)) !== undefined).toBe(true);
      }),
    );
  });
});

describe('formatTraceparent', () => {
  it.each([PARENT, `00-${TRACE}-${SPAN}-00`])('writes what parseTraceContext reads: %s', (header) => {
    const context = parseTraceContext(header);
    expect(context && formatTraceparent(context)).toBe(header);
  });
});
