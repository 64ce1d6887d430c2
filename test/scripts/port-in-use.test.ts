import { Code, unavailable } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { sayPortInUse } from '../../scripts/src/port-in-use.ts';
import { sentenceOf } from '../../scripts/src/terminal/fail.ts';

describe('sayPortInUse', () => {
  it('finds the taken port below other errors and says what to do', () => {
    const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', port: 8500 });
    const error = sayPortInUse(unavailable('cannot listen', {}, taken), 'choose another');
    expect(error.code).toBe(Code.FailedPrecondition);
    expect(sentenceOf(error)).toBe('port 8500 is in use by another process; choose another');
  });

  it('leaves other errors alone', () => {
    const other = unavailable('no route');
    expect(sayPortInUse(other, 'choose another')).toBe(other);
  });
});
