import { notFound } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../../gpu-backend/src/logging/logger.ts';

describe('createLogger', () => {
  const setUp = (format: 'json' | 'pretty', level = 'info') => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    return { lines, log: createLogger(level, { format, destination }) };
  };

  test('writes JSON lines, errors with message and stack', () => {
    const { lines, log } = setUp('json');
    log.error({ error: notFound('no model'), requestId: 'r' }, 'request failed');
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 50,
      msg: 'request failed',
      requestId: 'r',
      error: { message: 'no model', stack: expect.stringContaining('logger.test.ts') },
    });
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
  });

  test('writes no line break and no control character of a client into a JSON line', () => {
    const { lines, log } = setUp('json');
    log.info({ target: '/a\n{"level":50}\u001b[31m' }, 'call\nx');
    expect(lines[0]!.slice(0, -1)).not.toMatch(/\p{Cc}/u);
  });

  test('writes lines for people', () => {
    const { lines, log } = setUp('pretty');
    log.warn({ model: 'mnist' }, 'slow');
    expect(lines).toEqual([expect.stringMatching(/^[-\d]+ [:.\d]+ WARN {2}slow {2}model=mnist\n$/)]);
  });

  test('leaves out what is below its level', () => {
    const { lines, log } = setUp('pretty', 'warn');
    log.info({}, 'listening');
    expect(lines).toEqual([]);
  });
});
