import { CODE_NAMES, StatusError } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { readVocabulary } from '../../../../gpu-backend/src/engine/host/vocabulary.ts';
import { type GoldenCase, goldenOf, readGoldens, tensorOf } from './goldens.ts';

const cases = readGoldens().get('readVocabulary')!;

/** Keys with their values in the order of the keys, which is how the goldens list a table. */
function answerOf({ attributes, inputs }: GoldenCase): unknown {
  const [content] = inputs;
  try {
    const { keys, values } = readVocabulary(tensorOf(content!).data[0] as Uint8Array, attributes);
    return [goldenOf(keys), goldenOf(values)].map(({ dtype, data }) => [dtype, [...data].toSorted()]);
  } catch (reason) {
    return StatusError.is(reason) ? CODE_NAMES[reason.code] : reason;
  }
}

function expectedOf({ outputs, error }: GoldenCase): unknown {
  return (
    outputs?.map(({ dtype, data }) => [dtype, [...data].toSorted()]) ??
    (error === 'OUT_OF_RANGE' ? 'INVALID_ARGUMENT' : error)
  );
}

describe('readVocabulary', () => {
  it('reads the keys and values that TensorFlow reads, and refuses what it refuses', () => {
    const wrong = cases
      .map((golden) => ({ golden, answer: answerOf(golden), expected: expectedOf(golden) }))
      .filter(({ answer, expected }) => JSON.stringify(answer) !== JSON.stringify(expected));
    expect(wrong.slice(0, 3), `${wrong.length} of ${cases.length} cases`).toEqual([]);
  });

  it('keeps the order of the lines, and pairs keys with their values', () => {
    const attributes = { key_index: 0, value_index: 1, key_dtype: 'STRING', value_dtype: 'INT32' };
    const { keys, values } = readVocabulary(new Uint8Array(Buffer.from('z\t3\na\t1\nz\t3\n')), attributes);
    expect([goldenOf(keys).data, goldenOf(values).data]).toEqual([
      ['z', 'a'],
      [3, 1],
    ]);
  });
});
