import {
  Code,
  dataLoss,
  internal,
  invalidArgument,
  notFound,
  type StatusError,
  unavailable,
  unimplemented,
} from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { isWorthRetrying, resolveManagerOptions } from '../../../gpu-backend/src/lifecycle/manager-options.ts';

describe('resolveManagerOptions', () => {
  it.each([
    [{ maxConcurrentLoads: 0 }, 'maxConcurrentLoads is 0, expected a number of at least 1'],
    [{ maxConcurrentLoads: Number.NaN }, 'maxConcurrentLoads is NaN, expected a number of at least 1'],
    [{ maxLoadRetries: -1 }, 'maxLoadRetries is -1, expected a number of at least 0'],
    [{ loadRetryIntervalMs: -1 }, 'loadRetryIntervalMs is -1, expected a number of at least 0'],
    [{ memoryLimitBytes: -1 }, 'memoryLimitBytes is -1, expected a number of at least 0'],
  ])('refuses %j', (options, message) => {
    const refusal = expect.objectContaining({ code: Code.InvalidArgument, message });
    expect(() => resolveManagerOptions(options)).toThrow(refusal);
  });

  it('accepts every bound', () => {
    const bounds = { maxConcurrentLoads: 1, maxLoadRetries: 0, loadRetryIntervalMs: 0, memoryLimitBytes: 0 };
    expect(resolveManagerOptions(bounds)).toMatchObject(bounds);
  });
});

describe('isWorthRetrying', () => {
  it.each<readonly [boolean, string, StatusError]>([
    [false, 'a version that is wrong', invalidArgument('bad')],
    [false, 'a version that is not supported', unimplemented('bad')],
    [true, 'missing files', notFound('away')],
    [true, 'damaged files', dataLoss('cut')],
    [true, 'what may pass', unavailable('busy')],
    [true, 'our own bugs', internal('bug')],
  ])('is %s for %s', (expected, _, error) => {
    expect(isWorthRetrying(error)).toBe(expected);
  });
});
