import { type PlainJson, predictionsFromJson } from '@tensorfleet/codecs';
import { type AnyTensor, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { summariseJson, summariseTensors } from '../../../scripts/src/fleet/output-summary.ts';

function valuesOf(output: AnyTensor): string | undefined {
  return summariseTensors(new Map([['y', output]]))[0]?.values;
}

describe('summariseTensors', () => {
  it.each<[string, AnyTensor, string]>([
    ['numbers to six digits', tensor('FP32', [2], Float32Array.of(0.1, 1e-9)), '0.1 1e-9'],
    ['the first six of many', tensor('UINT8', [7], Uint8Array.of(1, 2, 3, 4, 5, 6, 7)), '1 2 3 4 5 6 …'],
    ['all of six', tensor('UINT8', [6], Uint8Array.of(1, 2, 3, 4, 5, 6)), '1 2 3 4 5 6'],
    ['64-bit integers exactly', tensor('INT64', [1], BigInt64Array.of(2n ** 62n)), '4611686018427387904'],
    ['bfloat16 as numbers', tensor('BF16', [2], Uint16Array.of(0x3f80, 0xc000)), '1 -2'],
    ['booleans as words', tensor('BOOL', [2], Uint8Array.of(1, 0)), 'true false'],
    ['text in quotes', tensor('STRING', [1], [new TextEncoder().encode('a\nb')]), '"a\\nb"'],
    ['nothing', tensor('FP32', [0], new Float32Array(0)), ''],
  ])('shows %s', (_, output, values) => {
    expect(valuesOf(output)).toBe(values);
  });

  it('sorts outputs by name, with dtype and shape', () => {
    const output = tensor('FP32', [1, 1], Float32Array.of(1)) as AnyTensor;
    expect(
      summariseTensors(
        new Map([
          ['b', output],
          ['a', output],
        ]),
      ).map(({ name }) => name),
    ).toEqual(['a', 'b']);
    expect(summariseTensors(new Map([['a', output]]))[0]).toMatchObject({ dtype: 'FP32', shape: '[1,1]' });
  });
});

function json(text: string): PlainJson {
  return predictionsFromJson(new TextEncoder().encode(text));
}

describe('summariseJson', () => {
  it.each([
    ['a single output', '{"predictions": [[1, 2], [3, 4]]}', [['', '[2,2]', '1 2 3 4']]],
    [
      'named columns',
      '{"outputs": {"a": [1], "b": [[true]]}}',
      [
        ['a', '[1]', '1'],
        ['b', '[1,1]', 'true'],
      ],
    ],
    [
      'rows of several outputs',
      '{"predictions": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}',
      [
        ['a', '[2]', '1 2'],
        ['b', '[2]', '"x" "y"'],
      ],
    ],
    ['many values', '{"predictions": [1, 2, 3, 4, 5, 6, 7]}', [['', '[7]', '1 2 3 4 5 6 …']]],
    ['no rows', '{"predictions": []}', [['', '[0]', '']]],
  ])('summarises %s', (_, text, rows) => {
    expect(summariseJson(json(text)).map(({ name, shape, values }) => [name, shape, values])).toEqual(rows);
  });
});
