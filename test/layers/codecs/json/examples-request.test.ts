import { Code } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readColumns } from '../../../../gpu-backend/src/engine/host/example-features.ts';
import { parseExamplesBody, serializedExamples } from '../../../../layers/codecs/src/index.ts';
import { thrownBy } from '../thrown-by.ts';

type Kind = 'FP32' | 'INT64' | 'STRING';

function parse(text: string): ReturnType<typeof parseExamplesBody> {
  return parseExamplesBody(new TextEncoder().encode(text));
}

/** The feature `x` of every example, as the parser of models reads it. */
function read(text: string, kind: Kind): unknown {
  const [column] = readColumns(serializedExamples(parse(text).input), [{ key: 'x', kind }]);
  return column?.map((values) => (values === undefined ? undefined : Array.from(values as Iterable<unknown>)));
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('parseExamplesBody', () => {
  it.each<[string, string, Kind, unknown]>([
    ['numbers with a fraction or an exponent as floats', '[2.0, -1e2, 0.5]', 'FP32', [2, -100, 0.5]],
    ['a scalar as one value', '2.5', 'FP32', [2.5]],
    [
      'NaN and infinities',
      '[NaN, Infinity, -Infinity]',
      'FP32',
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ],
    ['whole numbers as int64', '[2, -1, 0]', 'INT64', [2n, -1n, 0n]],
    [
      'int64 exactly',
      '[9223372036854775807, -9223372036854775808, 9007199254740993]',
      'INT64',
      [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n],
    ],
    ['booleans as int64', '[true, false, 7]', 'INT64', [1n, 0n, 7n]],
    ['strings and base64 as bytes', '["ä\\n", {"b64": "AP8="}]', 'STRING', [bytes('ä\n'), Uint8Array.of(0, 255)]],
    ['an integer beyond 64 bits as a float', '[18446744073709551616]', 'FP32', [2 ** 64]],
  ])('reads %s', (_name, content, kind, values) => {
    expect(read(`{"examples": [{"x": ${content}}]}`, kind)).toEqual([values]);
  });

  it('reads examples without a context', () => {
    const text = '{"examples": [{"x": 1.5}, {"y": 2}, {}]}';

    expect(parse(text)).toMatchObject({ signatureName: 'serving_default', input: { examples: { length: 3 } } });
    expect(read(text, 'FP32')).toEqual([[1.5], undefined, undefined]);
  });

  it('reads a context and a signature; the features of an example win over those of the context', () => {
    const text = '{"signature_name": "s", "context": {"x": 5.0}, "examples": [{}, {"x": 3.0}]}';

    expect(parse(text).signatureName).toBe('s');
    expect(read(text, 'FP32')).toEqual([[5], [3]]);
  });

  it('reads an empty list as a feature without a kind, which counts as missing', () => {
    expect(read('{"examples": [{"x": []}]}', 'FP32')).toEqual([undefined]);
  });

  it('takes the last of features with one name, as the objects are read in order', () => {
    expect(read('{"examples": [{"x": 1.0, "x": 2.0}]}', 'FP32')).toEqual([[2]]);
  });

  it.each([
    [
      'a signature_name that is no string',
      '{"signature_name": 5, "examples": [{}]}',
      "'signature_name' key must be a string value.",
    ],
    [
      'no examples',
      '{"a": 1}',
      `JSON Value: {\n    "a": 1\n} When method is classify, key 'examples' is expected and was not found`,
    ],
    ['examples that are a number', '{"examples": 1}', "Expecting 'examples' value to be an list/array"],
    ['examples that are an object', '{"examples": {}}', "Expecting 'examples' value to be an list/array"],
    ['no example in the list', '{"examples": []}', "'examples' value is an empty array"],
    ['a number for an example', '{"examples": [1]}', 'Example must be JSON object but got JSON Number'],
    ['lists of numbers for examples', '{"examples": [[1, 2]]}', 'Example must be JSON object but got JSON Array'],
    ['a string among examples', '{"examples": [{}, "a"]}', 'Example must be JSON object but got JSON String'],
    ['a context that is a list', '{"context": [], "examples": [{}]}', 'Example must be JSON object but got JSON Array'],
    ['null', '{"examples": [{"x": null}]}', 'Feature: x has element with unexpected JSON type: Null'],
    ['null in a list', '{"examples": [{"x": [1, null]}]}', 'Feature: x has element with unexpected JSON type: Null'],
    [
      'an object that is no base64',
      '{"examples": [{"x": {"b": "a"}}]}',
      'Feature: x has element with unexpected JSON type: Object',
    ],
    ['a list in a list', '{"examples": [{"x": [[1]]}]}', 'Feature: x has element with unexpected JSON type: Array'],
    [
      'an uneven list in a list',
      '{"examples": [{"x": [1, [1]]}]}',
      'Feature: x has element with unexpected JSON type: Array',
    ],
    [
      'a float after an int64',
      '{"examples": [{"x": [10, 10.0]}]}',
      'Unexpected element type in feature: x expecting type: int64',
    ],
    [
      'an int64 after a float',
      '{"examples": [{"x": [10.0, 10]}]}',
      'Unexpected element type in feature: x expecting type: float',
    ],
    [
      'a number after bytes',
      '{"examples": [{"x": ["a", 10]}]}',
      'Unexpected element type in feature: x expecting type: bytes',
    ],
    [
      'a boolean after a float',
      '{"examples": [{"x": [1.5, true]}]}',
      'Unexpected element type in feature: x expecting type: float',
    ],
    [
      'an integer beyond int64',
      '{"examples": [{"x": 9223372036854775808}]}',
      'Feature: x has uint64_t element. Only int64_t is supported.',
    ],
    ['broken base64', '{"examples": [{"x": {"b64": "*"}}]}', 'Unable to base64 decode'],
  ])('refuses %s', (_name, text, message) => {
    expect(thrownBy(() => parse(text))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(message),
    });
  });

  it('reads back what any list of one kind holds', () => {
    const floats = fc.array(fc.double({ noNaN: true, min: -1e30, max: 1e30 }).map(Math.fround), { minLength: 1 });
    const text = (value: number): string => (Number.isInteger(value) ? `${value.toExponential()}` : String(value));
    fc.assert(
      fc.property(floats, fc.array(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), { minLength: 1 }), (reals, integers) => {
        const withExponent = reals.map((value) => (text(value).includes('e') ? text(value) : `${text(value)}e0`));
        expect(read(`{"examples": [{"x": [${withExponent}]}]}`, 'FP32')).toEqual([reals.map((value) => value + 0)]);
        expect(read(`{"examples": [{"x": [${integers}]}]}`, 'INT64')).toEqual([integers]);
      }),
      { numRuns: 300 },
    );
  });
});
