import { CODE_NAMES, Code, codeFromNumber, HTTP_STATUS, notFound, StatusError } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';

const systemError = (code: string): Error => Object.assign(new Error('connect'), { code });

describe('StatusError.from', () => {
  it.each([
    { name: 'an abort', reason: new DOMException('aborted', 'AbortError'), code: Code.Cancelled },
    { name: 'a timeout', reason: new DOMException('late', 'TimeoutError'), code: Code.DeadlineExceeded },
    { name: 'a refused connection', reason: systemError('ECONNREFUSED'), code: Code.Unavailable },
    { name: 'a reset connection', reason: systemError('ECONNRESET'), code: Code.Unavailable },
    {
      name: 'a wrapped reset',
      reason: new Error('fetch failed', { cause: systemError('ECONNRESET') }),
      code: Code.Unavailable,
    },
    { name: 'any other error', reason: new TypeError('bug'), code: Code.Internal },
    { name: 'a string', reason: 'bug', code: Code.Internal },
    { name: 'an object without a text', reason: Object.create(null), code: Code.Internal },
    { name: 'undefined', reason: undefined, code: Code.Internal },
  ])('gives $name its code and keeps it as cause', ({ reason, code }) => {
    const error = StatusError.from(reason);
    expect(error.code).toBe(code);
    expect(error.cause).toBe(reason);
  });

  it('returns a StatusError unchanged', () => {
    const error = notFound('no');
    expect(StatusError.from(error)).toBe(error);
  });

  it('survives a circular chain of causes', () => {
    const error: Error & { cause?: unknown } = new Error('loop');
    error.cause = error;
    expect(StatusError.from(error).code).toBe(Code.Internal);
  });
});

describe('StatusError', () => {
  it('is recognised when another copy of the package made it', () => {
    const foreign = { code: 5, message: 'x', details: {}, [Symbol.for('tensorfleet.StatusError')]: true };
    expect(StatusError.is(foreign)).toBe(true);
    expect(StatusError.is(new Error('x'))).toBe(false);
  });

  it('survives a thread boundary as data', () => {
    const error = StatusError.fromData(structuredClone(notFound('no model "m"', { model: 'm' }).toData()));
    expect(error).toMatchObject({ code: Code.NotFound, message: 'no model "m"', details: { model: 'm' } });
  });
});

describe('codes', () => {
  it('have a name and an HTTP status each', () => {
    for (const code of Object.values(Code)) {
      expect(CODE_NAMES[code]).toMatch(/^[A-Z_]+$/);
      expect(HTTP_STATUS[code]).toBeGreaterThanOrEqual(200);
    }
  });

  it('from numbers outside the table are UNKNOWN', () => {
    expect(codeFromNumber(17)).toBe(Code.Unknown);
    expect(codeFromNumber(5)).toBe(Code.NotFound);
  });
});
