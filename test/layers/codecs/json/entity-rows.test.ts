import { entityRowsFromJson, parsePredictBody } from '@tensorfleet/codecs';
import { describe, expect, it } from 'vitest';

function rowsOf(json: string): unknown {
  const rows = entityRowsFromJson(parsePredictBody(new TextEncoder().encode(json)), 3);
  return rows?.map((row) => [...row]);
}

describe('entityRowsFromJson', () => {
  it.each([
    [
      'text and integers',
      '{"entities": [{"a": "x", "b": 7}, {"a": "y"}]}',
      [
        [
          ['a', 'x'],
          ['b', '7'],
        ],
        [['a', 'y']],
      ],
    ],
    [
      'integers beyond 2^53',
      '{"entities": [{"a": 9007199254740993, "b": -9223372036854775808}]}',
      [
        [
          ['a', '9007199254740993'],
          ['b', '-9223372036854775808'],
        ],
      ],
    ],
    ['zero with a sign', '{"entities": [{"a": -0}]}', [[['a', '0']]]],
    [
      'names of prototypes',
      '{"entities": [{"__proto__": "p", "constructor": 1}]}',
      [
        [
          ['__proto__', 'p'],
          ['constructor', '1'],
        ],
      ],
    ],
    ['the first of equal names', '{"entities": [{"a": "x", "a": "y"}]}', [[['a', 'x']]]],
    ['rows without attributes', '{"entities": [{}]}', [[]]],
  ])('reads %s', (_, json, rows) => {
    expect(rowsOf(json)).toEqual(rows);
  });

  it('knows a request without entities', () => {
    expect(rowsOf('{"instances": [1]}')).toBeUndefined();
  });

  it.each([
    ['[]', '"entities" is empty'],
    ['{"a": "x"}', '"entities" is no list of objects'],
    ['[1, 2]', '"entities" is no list of objects'],
    ['null', '"entities" is no list of objects'],
    ['["x"]', 'entities[0] is of the type String, and no object'],
    ['[{"a": "x"}, [1]]', 'entities[1] is of the type Array, and no object'],
    ['[{"a": 1.5}]', 'entities[0].a is 1.5, and neither text nor an integer of 64 bits'],
    ['[{"a": 1e2}]', 'entities[0].a is 100, and neither text'],
    ['[{"a": NaN}]', 'entities[0].a is NaN, and neither text'],
    ['[{"a": 18446744073709551616}]', 'and neither text nor an integer of 64 bits'],
    ['[{"a": [1]}]', 'entities[0].a is of the type Array'],
    ['[{"a": {"b": "c"}}]', 'entities[0].a is of the type Object'],
    ['[{"a": null}]', 'entities[0].a is of the type Null'],
    ['[{"a": true}]', 'entities[0].a is of the type True'],
    ['[{}, {}, {}, {}]', '"entities" has 4 rows, at most 3 are allowed'],
    [
      `[{${Array.from({ length: 65 }, (_, i) => `"a${i}": 1`).join()}}]`,
      'entities[0] has 65 attributes, at most 64 are allowed',
    ],
  ])('refuses %s', (entities, problem) => {
    expect(() => rowsOf(`{"entities": ${entities}}`)).toThrow(problem);
  });
});
