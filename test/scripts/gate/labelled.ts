import { Code, type Version, version } from '@tensorfleet/core';
import type { Answers } from '../../../scripts/src/gate/ask-both.ts';
import type { Examples, Statement } from '../../../scripts/src/gate/examples/examples.ts';

/** Examples of one pixel with these labels, which nobody can be asked about. */
export function labelled(labels: readonly string[]): Examples {
  return {
    count: labels.length,
    kind: 'label',
    ask: () => Promise.reject(new Error('not asked')),
    truth: (index) => label(labels[index] ?? ''),
    isEqual: (left, right) => left.kind === 'label' && right.kind === 'label' && left.label === right.label,
    picture: (index) => ({ width: 1, height: 1, channels: 1, data: Uint8Array.of(index) }),
  };
}

/** Examples with these values each. */
export function valued(truths: readonly (readonly number[])[]): Examples {
  return {
    ...labelled([]),
    count: truths.length,
    kind: 'values',
    truth: (index) => values(...(truths[index] ?? [])),
    isEqual: (left, right) => String(numbersOf(left)) === String(numbersOf(right)),
    picture: () => undefined,
  };
}

function numbersOf(statement: Statement): Float64Array {
  return statement.kind === 'values' ? statement.values : new Float64Array();
}

export function label(text: string, score = 1): Statement {
  return { kind: 'label', label: text, score };
}

export function values(...numbers: number[]): Statement {
  return { kind: 'values', values: Float64Array.from(numbers) };
}

/** Answers to request 0, 1, ... after 1, 2, ... milliseconds; undefined for a request that failed. */
export function answers(said: readonly (Statement | undefined)[], from: Version = version(1)): Answers {
  return said.map((statement, index) =>
    statement === undefined
      ? { kind: 'failed', index, code: Code.Unavailable, message: 'queue full', durationMs: index + 1 }
      : { kind: 'answered', index, answer: { said: statement, version: from }, durationMs: index + 1 },
  );
}
