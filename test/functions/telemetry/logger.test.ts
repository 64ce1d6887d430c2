import { invalidArgument } from '@tensorfleet/core';
import { createLogger } from '@tensorfleet/functions';
import { describe, expect, it } from 'vitest';

describe('createLogger', () => {
  it('writes one line of JSON per call, from its level on', () => {
    const lines: string[] = [];
    const log = createLogger('warn', (line) => void lines.push(line));
    log.debug({}, 'a');
    log.info({}, 'b');
    log.warn({ text: 'two\nlines', size: 5n }, 'c');
    log.error({}, 'd');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'WARN', message: 'c', text: 'two\nlines', size: '5' },
      { level: 'ERROR', message: 'd' },
    ]);
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
  });

  it('shows code, stack and causes of an error', () => {
    const lines: string[] = [];
    const error = invalidArgument('bad', {}, new TypeError('worse'));
    createLogger('info', (line) => void lines.push(line)).error({ error }, 'failed');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      error: { code: 'INVALID_ARGUMENT', message: 'bad', stack: expect.any(String), cause: { message: 'worse' } },
    });
  });

  it('is silent when told so', () => {
    const lines: string[] = [];
    createLogger('silent', (line) => void lines.push(line)).error({}, 'x');
    expect(lines).toEqual([]);
  });
});
