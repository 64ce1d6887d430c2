import { type AnyTensor, type DType, type NamedTensors, type Signature, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  errorToJson,
  parsePredictBody,
  predictInputsFromJson,
  predictOutputsToJson,
} from '../../../../layers/codecs/src/index.ts';
import { fp32, named, strings } from '../../../support/tensors.ts';
import { thrownBy } from '../thrown-by.ts';
import { bytesOf, signatureOf, textOf } from './signatures.ts';

/** What TensorFlow Serving's own tests of its JSON hold, one by one. */

const X = signatureOf({ x: 'INT32' });

function inputsOf(body: string, signature: Signature = X) {
  return predictInputsFromJson(parsePredictBody(bytesOf(body)), signature);
}

function only(body: string, dtype: DType): AnyTensor | undefined {
  return inputsOf(body, signatureOf({ x: dtype })).inputs.get('x');
}

function errorOf(body: string, signature: Signature = X): string {
  return thrownBy(() => inputsOf(body, signature)).message;
}

function int32(shape: readonly number[], ...values: number[]): AnyTensor {
  return tensor('INT32', shape, Int32Array.from(values));
}

function fp64(shape: readonly number[], ...values: number[]): AnyTensor {
  return tensor('FP64', shape, Float64Array.from(values));
}

function rows(outputs: NamedTensors): unknown {
  return JSON.parse(textOf(predictOutputsToJson(outputs, 'row'))).predictions;
}

function columns(outputs: NamedTensors): unknown {
  return JSON.parse(textOf(predictOutputsToJson(outputs, 'column'))).outputs;
}

describe('predict requests, as TensorFlow Serving tests them', () => {
  it('a tensor without a name', () => {
    expect(inputsOf('{"instances": [[1,2],[3,4],[5,6]]}')).toEqual({
      inputs: named({ x: int32([3, 2], 1, 2, 3, 4, 5, 6) }),
      format: 'row',
    });
  });

  it('a well-formed value of any depth beside the instances', () => {
    const deep = '['.repeat(500_000) + ']'.repeat(500_000);
    expect(inputsOf(`{"instances":[1],"nested":${deep}}`).inputs).toEqual(named({ x: int32([1], 1) }));
  });

  it('a value of any depth where a text belongs', () => {
    const deep = '['.repeat(500_000) + ']'.repeat(500_000);
    expect(errorOf(`{"signature_name":${deep}}`)).toContain('key must be a string value');
  });

  it('integers and decimals mixed, for floats', () => {
    expect(only('{"instances": [1, 2.0, 3, 4, 5.003, 0.007, 0.0]}', 'FP32')).toEqual(
      fp32([7], 1, 2, 3, 4, 5.003, 0.007, 0),
    );
  });

  it('integers and decimals mixed, for doubles', () => {
    expect(only('{"instances": [1.0, 2, 3, 4, 0.662, 0, 0.0]}', 'FP64')).toEqual(fp64([7], 1, 2, 3, 4, 0.662, 0, 0));
  });

  it('floats that float32 rounds', () => {
    expect(only('{"instances": [16777217, 0.1000000014901161193847656, 2.1]}', 'FP32')).toEqual(
      fp32([3], 16_777_216, 0.1, 2.1),
    );
  });

  it('floats beyond the largest, which are infinite', () => {
    expect(only('{"instances": [1.7976931348623157e308, -1.7976931348623157e308]}', 'FP32')).toEqual(
      fp32([2], Infinity, -Infinity),
    );
  });

  it('floats below the smallest, which are zero', () => {
    expect(only('{"instances": [2.2250738585072014e-308]}', 'FP32')).toEqual(fp32([1], 0));
  });

  it('a signature by its name', () => {
    const body = '{"signature_name": "predict_images", "instances": [[1,2]]}';
    expect(parsePredictBody(bytesOf(body)).signatureName).toBe('predict_images');
    expect(inputsOf(body).inputs).toEqual(named({ x: int32([1, 2], 1, 2) }));
  });

  it('a document that other bytes follow', () => {
    const bytes = bytesOf('{"instances": [[1,2],[3,4],[5,6]]}X');
    expect(predictInputsFromJson(parsePredictBody(bytes.subarray(0, -1)), X).inputs.size).toBe(1);
    expect(predictInputsFromJson(parsePredictBody(bytes), X).inputs.size).toBe(1);
  });

  it.each([
    ['scalars in base64', '[{"b64": "aGVsbG8="}, {"b64": "d29ybGQ="}]', [2]],
    ['lists in base64', '[[{"b64": "aGVsbG8="}], [{"b64": "d29ybGQ="}]]', [2, 1]],
    ['a named tensor in base64', '[{"x": [[{"b64": "aGVsbG8="}], [{"b64": "d29ybGQ="}]]}]', [1, 2, 1]],
  ])('%s', (_, instances, shape) => {
    expect(only(`{"instances": ${instances}}`, 'STRING')).toEqual(strings(shape, 'hello', 'world'));
  });

  it('several named tensors of different dtypes', () => {
    const body = `{"instances": [
      {"int": [[1,2],[3,4],[5,6]], "str": ["foo", "bar"], "float": [1.0, NaN], "dbl": [NaN]},
      {"int": [[7,8],[9,0],[1,2]], "str": ["baz", "bat"], "float": [2.0, Infinity], "dbl": [2.0]}
    ]}`;
    expect(inputsOf(body, signatureOf({ int: 'INT32', str: 'STRING', float: 'FP32', dbl: 'FP64' })).inputs).toEqual(
      named({
        int: int32([2, 3, 2], 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2),
        str: strings([2, 2], 'foo', 'bar', 'baz', 'bat'),
        float: fp32([2, 2], 1, NaN, 2, Infinity),
        dbl: fp64([2, 1], NaN, 2),
      }),
    );
  });

  it.each([
    ['a column under its name', '{"x": [[[1,2],[3,4],[5,6]]]}'],
    ['a column without a name', '[[[1,2],[3,4],[5,6]]]'],
  ])('%s', (_, inputs) => {
    expect(inputsOf(`{"inputs": ${inputs}}`)).toEqual({
      inputs: named({ x: int32([1, 3, 2], 1, 2, 3, 4, 5, 6) }),
      format: 'column',
    });
  });

  it('several columns of different shapes, one of them a scalar', () => {
    const body = '{"inputs": {"int": [[[1,2],[3,4]]], "str": ["foo", "bar"], "bin": {"b64": "aGVsbG8="}}}';
    expect(inputsOf(body, signatureOf({ int: 'INT32', str: 'STRING', bin: 'STRING' })).inputs).toEqual(
      named({ int: int32([1, 2, 2], 1, 2, 3, 4), str: strings([2], 'foo', 'bar'), bin: strings([], 'hello') }),
    );
  });

  it.each([
    ['no document', '', 'The document is empty'],
    [
      'a signature that is a number',
      '{"signature_name": 5, "instances": [[1,2],[3,4],[5,6,7]]}',
      'must be a string value',
    ],
    ['both formats', '{"instances": [1], "inputs": [1]}', 'Not formatted correctly'],
    ['rows of different sizes', '{"instances": [[1,2],[3,4],[5,6,7]]}', 'Expecting tensor size'],
    ['rows of different shapes', '{"instances": [[1,2],[3,4],[[5,6]]]}', 'Expecting shape'],
    ['a list after a scalar', '{"instances": [1, [1]]}', 'Expecting shape'],
    ['texts among numbers', '{"instances": [[1,2],["a", "b"]]}', 'not of expected type'],
  ])('refused without a name: %s', (_, body, message) => {
    expect(errorOf(body)).toContain(message);
  });

  it.each([
    [
      'named rows of different shapes',
      '{"i": [[1,2],[3,4]], "s": "a"}, {"i": [[[1,2],[3,4]]], "s": "b"}',
      'Expecting shape',
    ],
    [
      'named rows of different sizes',
      '{"i": [[1,2],[3,4]], "s": "a"}, {"i": [[1,2]], "s": "b"}',
      'Expecting tensor size',
    ],
    ['a list among objects', '{"i": [1], "s": "a"}, [1, 20, 30]', 'Expecting object but got list'],
  ])('refused with names: %s', (_, instances, message) => {
    expect(errorOf(`{"instances": [${instances}]}`, signatureOf({ i: 'INT32', s: 'STRING' }))).toContain(message);
  });

  it('refused with names: an object among lists', () => {
    const body = '{"instances": [["baz", "bar"], {"s": ["baz", "bat"]}]}';
    expect(errorOf(body, signatureOf({ s: 'STRING' }))).toContain('Expecting value/list but got object');
  });
});

describe('predict answers, as TensorFlow Serving tests them', () => {
  const NESTED = [
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    [
      [7, 8],
      [9, 0],
      [1, 2],
    ],
  ];
  const int = int32([2, 3, 2], 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2);

  it('one tensor of rank 3', () => {
    expect(rows(named({ int }))).toEqual(NESTED);
    expect(columns(named({ int }))).toEqual(NESTED);
  });

  it('one tensor of scalars', () => {
    expect(rows(named({ int: int32([5], 1, 2, 3, 4, 5) }))).toEqual([1, 2, 3, 4, 5]);
    expect(columns(named({ int: int32([5], 1, 2, 3, 4, 5) }))).toEqual([1, 2, 3, 4, 5]);
  });

  it('one tensor of bytes, which its name tells', () => {
    expect(rows(named({ str_bytes: strings([2, 2], 'hello', 'world', 'tf', 'serving') }))).toEqual([
      [{ b64: 'aGVsbG8=' }, { b64: 'd29ybGQ=' }],
      [{ b64: 'dGY=' }, { b64: 'c2VydmluZw==' }],
    ]);
  });

  it.each([
    [
      'floats of six digits',
      fp32([2, 3], 9_000_000, 999_999, 0.5, 0.0003, 0.00003, 555_557.5),
      '[[9e+06, 999999.0, 0.5], [0.0003, 3e-05, 555557.5]',
    ],
    ['floats that are not finite', fp32([2, 2], NaN, Infinity, 3, -Infinity), '[[NaN, Infinity], [3.0, -Infinity]'],
  ])('%s', (_, y, text) => {
    expect(textOf(predictOutputsToJson(named({ y }), 'row'))).toBe(`{\n    "predictions": ${text}\n    ]\n}`);
  });

  it.each([
    ['no tensor', {}, 'Cannot convert empty tensor map to JSON'],
    ['no shape', { y: int32([], 1) }, 'no shape information'],
    ['two sizes of a batch', { a: int32([2], 1, 2), b: strings([1], 'x') }, 'inconsistent batch size'],
    ['a batch of none beside one of two', { a: int32([0]), b: int32([2], 1, 2) }, 'inconsistent batch size'],
  ])('refused: %s', (_, outputs, message) => {
    expect(thrownBy(() => rows(named(outputs))).message).toContain(message);
  });

  it('several named tensors', () => {
    const outputs = named({
      double: fp64([2], 8, 9),
      float: fp32([2, 1], 1, 2),
      int,
      str: strings([2, 2], 'foo', 'bar', 'baz', 'bat'),
      str_bytes: strings([2], 'hello', 'tf'),
    });
    expect(rows(outputs)).toEqual([
      { double: 8, float: [1], int: NESTED[0], str: ['foo', 'bar'], str_bytes: { b64: 'aGVsbG8=' } },
      { double: 9, float: [2], int: NESTED[1], str: ['baz', 'bat'], str_bytes: { b64: 'dGY=' } },
    ]);
    expect(columns(outputs)).toMatchObject({ double: [8, 9], float: [[1], [2]], int: NESTED });
  });

  it('one tensor of a batch of none', () => {
    expect(rows(named({ int: int32([0, 2]) }))).toEqual([]);
  });

  it('several tensors of a batch of none', () => {
    expect(rows(named({ str: strings([0, 1, 2]), float: fp32([0, 3, 4]) }))).toEqual([]);
  });

  it('an error whose message has quotes', () => {
    expect(JSON.parse(textOf(errorToJson('Bad key: "key"')))).toEqual({ error: 'Bad key: "key"' });
  });
});
