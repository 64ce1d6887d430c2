import { dataLoss, internal, invalidArgument, notFound, unavailable } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { sayUnreachable } from '../../../scripts/src/fleet/unreachable.ts';
import { NEXT_STEP, sentenceOf } from '../../../scripts/src/terminal/fail.ts';

function refused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:8500'), { code: 'ECONNREFUSED' });
}

describe('sentenceOf', () => {
  it.each([
    ['what was wrong', invalidArgument('version 1.5 is no version'), 'version 1.5 is no version'],
    [
      'the code where the sentence alone says too little',
      dataLoss('the answer is not JSON'),
      'the answer is not JSON (DATA_LOSS)',
    ],
    [
      'the code of a fault of the server',
      internal('internal error, request 7'),
      'internal error, request 7 (INTERNAL)',
    ],
    [
      'what to do next',
      notFound('there is no directory x', { [NEXT_STEP]: '--model_repository names one' }),
      'there is no directory x; --model_repository names one',
    ],
    [
      'that a connection was refused',
      sayUnreachable('localhost:8500', refused()),
      'nothing answers at localhost:8500; is the server running? "npm start" starts one',
    ],
    [
      'how to see more of an unknown error',
      new TypeError('x is not a function'),
      'x is not a function; run again with TENSORFLEET_DEBUG=1 to see where it happened',
    ],
    [
      'where models are listed',
      notFound('Servable not found for request: Latest(m)'),
      expect.stringContaining('tensorfleet status'),
    ],
    ['something for an empty message', invalidArgument(''), 'something failed without a message'],
    ['one line', invalidArgument('a\nb\u001b[31m'), 'a b [31m'],
    ['one sentence of two', notFound('it is gone.', { [NEXT_STEP]: 'look elsewhere' }), 'it is gone; look elsewhere'],
  ])('says %s', (_, error, sentence) => {
    expect(sentenceOf(error)).toEqual(sentence);
  });
});

describe('sayUnreachable', () => {
  it('finds the refusal below "fetch failed"', () => {
    const error = sayUnreachable('http://x:1', new TypeError('fetch failed', { cause: refused() }));
    expect(error.message).toBe('nothing answers at http://x:1');
  });

  it('knows what gRPC says when nobody is there', () => {
    const error = sayUnreachable('x:1', unavailable('No connection established. Last error: connect ECONNREFUSED'));
    expect(error.message).toBe('nothing answers at x:1');
  });

  it("keeps the server's own UNAVAILABLE", () => {
    const full = unavailable('the batching queue is full');
    expect(sayUnreachable('x:1', full)).toBe(full);
  });

  it('ends on circular causes', () => {
    const circular = new Error('a');
    circular.cause = circular;
    expect(sayUnreachable('x:1', circular).message).toBe('a');
  });
});
