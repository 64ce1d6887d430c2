import { StatusError, unimplemented } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { Refusals, refusalsOf } from '../../../../gpu-backend/src/engine/conversion/refusals.ts';

function errorOf(...nodes: readonly string[]): StatusError {
  const refusals = new Refusals();
  for (const name of nodes) {
    refusals.add({ name, op: 'Op' }, 'why');
  }
  return refusals.toError('signature "s"');
}

describe('refusalsOf', () => {
  it('finds more than the sentence names', () => {
    const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
    const error = errorOf(...names);
    expect(error.message).toContain('and 10 more nodes');
    expect(refusalsOf(error).map(({ node }) => node)).toEqual(names);
  });

  it('finds those of several signatures, each once', () => {
    const cause = new AggregateError([errorOf('a', 'b'), errorOf('b', 'c')]);
    const joined = new StatusError(errorOf().code, 'both', { cause });
    expect(refusalsOf(joined).map(({ node }) => node)).toEqual(['a', 'b', 'c']);
  });

  it('finds none in other errors', () => {
    expect(refusalsOf(unimplemented('no'))).toEqual([]);
    expect(refusalsOf(StatusError.fromData(errorOf('a').toData()))).toEqual([]);
  });
});
