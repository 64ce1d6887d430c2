import { type AnyTensor, Code, type DType, type Signature } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { parsePredictBody, predictInputsFromJson, refuseUnusualDTypes } from '../../../../layers/codecs/src/index.ts';
import { thrownBy } from '../thrown-by.ts';
import { bytesOf, signatureOf, textOf } from './signatures.ts';

const X_FLOAT = signatureOf({ x: 'FP32' });
const TWO_INPUTS = signatureOf({ b: 'STRING', a: 'INT32' });

function inputsOf(body: string, signature: Signature = X_FLOAT) {
  return predictInputsFromJson(parsePredictBody(bytesOf(body)), signature);
}

/** The only input, as [shape, elements]. */
function inputX(body: string, dtype: DType = 'FP32'): [readonly number[], unknown[]] {
  const [input] = inputsOf(body, signatureOf({ x: dtype })).inputs.values();
  return [input!.shape, elementsOf(input!)];
}

function elementsOf(input: AnyTensor): unknown[] {
  return input.dtype === 'STRING' ? input.data.map(textOf) : [...input.data];
}

function messageOf(body: string, signature: Signature = X_FLOAT): string {
  const error = thrownBy(() => inputsOf(body, signature));
  expect(error.code).toBe(Code.InvalidArgument);
  return error.message;
}

describe('parsePredictBody', () => {
  it.each([
    ['{"instances":[1]}', 'serving_default'],
    ['{"signature_name":"","instances":[1]}', 'serving_default'],
    ['{"instances":[1],"signature_name":"my \\u00e4"}', 'my ä'],
  ])('reads the signature of %s as %s', (body, name) => {
    expect(parsePredictBody(bytesOf(body)).signatureName).toBe(name);
  });

  it.each([
    ['', 'JSON Parse error: The document is empty'],
    ['[1, "a"]', 'JSON Value: [1, "a"] Is not object'],
    [
      '{"signature_name":5,"instances":[1.50,[true,null]]}',
      'JSON Value: {\n    "signature_name": 5,\n    "instances": [1.5, [true, null]]\n} not formatted correctly. ' +
        "'signature_name' key must be a string value.",
    ],
  ])('refuses %j', (body, message) => {
    expect(thrownBy(() => parsePredictBody(bytesOf(body))).message).toBe(message);
  });

  it('cuts a value in an error near 256 bytes, however deep it is', () => {
    const { message } = thrownBy(() =>
      parsePredictBody(bytesOf(`{"signature_name":${'['.repeat(1e5)}${']'.repeat(1e5)}}`)),
    );

    expect(message).toContain(`${'['.repeat(200)}`);
    expect(message).toContain("'signature_name' key must be a string value.");
    expect(message.length).toBeLessThan(400);
  });
});

describe('predictInputsFromJson: row format', () => {
  it.each<[string, DType, readonly number[], unknown[]]>([
    ['{"instances":[1,2.5,-3]}', 'FP32', [3], [1, 2.5, -3]],
    ['{"instances":[[1,2],[3,4],[5,6]]}', 'FP32', [3, 2], [1, 2, 3, 4, 5, 6]],
    ['{"instances":[[],[]]}', 'FP32', [2, 0], []],
    ['{"instances":[{"x":[1,2]},{"x":[3,4]}]}', 'FP32', [2, 2], [1, 2, 3, 4]],
    ['{"instances":[{"x":1,"x":"ignored"}]}', 'FP32', [1], [1]],
    ['{"instances":["a",{"b64":"YmM="},"\\u00e4\\n"]}', 'STRING', [3], ['a', 'bc', 'ä\n']],
    ['{"instances":[{"b64":"YQ"},{"b64":" Y Q = = "}]}', 'STRING', [2], ['a', 'a']],
    ['{"instances":[["a"],["b"]]}', 'STRING', [2, 1], ['a', 'b']],
    ['{"instances":[true,false]}', 'BOOL', [2], [1, 0]],
    ['{"foo":{"bar":[]},"instances":[1]}X', 'FP32', [1], [1]],
  ])('%s for %s', (body, dtype, shape, elements) => {
    expect(inputX(body, dtype)).toEqual([shape, elements]);
    expect(inputsOf(body, signatureOf({ x: dtype })).format).toBe('row');
  });

  it('stacks each of several inputs', () => {
    const { inputs } = inputsOf('{"instances":[{"a":1,"b":["x"]},{"b":[{"b64":"eQ=="}],"a":2}]}', TWO_INPUTS);

    expect([...inputs.keys()]).toEqual(['b', 'a']);
    expect(inputs.get('a')).toEqual({ dtype: 'INT32', shape: [2], data: Int32Array.of(1, 2) });
    expect(inputs.get('b')).toMatchObject({ shape: [2, 1], data: [bytesOf('x'), bytesOf('y')] });
  });

  it('reads values beyond the range of float32 as infinite or zero', () => {
    expect(inputX('{"instances":[1e39,-1e39,1e-60,NaN,-Infinity]}')[1]).toEqual([
      Infinity,
      -Infinity,
      0,
      NaN,
      -Infinity,
    ]);
  });

  it.each<[string, Signature, string]>([
    ['{"instances":[1],"inputs":[1]}', X_FLOAT, "only one of 'inputs' or 'instances' keys to exist "],
    ['{"instances":5}', X_FLOAT, `JSON Value: {\n    "instances": 5\n} Expecting 'instances' to be an list/array`],
    ['{"instances":{"x":1}}', X_FLOAT, "Expecting 'instances' to be an list/array"],
    ['{"instances":[]}', X_FLOAT, `JSON Value: {\n    "instances": []\n} No values in 'instances' array`],
    ['{"x":[1]}', X_FLOAT, "Missing 'inputs' or 'instances' key"],
    ['{"instances":[1]}', signatureOf({}), 'Failed to get input map for signature: DEFAULT'],
    ['{"instances":[1]}', signatureOf({}, 'other'), 'Failed to get input map for signature: other'],
    ['{"instances":[1]}', TWO_INPUTS, 'instances is a plain list, but expecting list of objects'],
    ['{"instances":[{"x":1},[1]]}', X_FLOAT, 'Expecting object but got list at item 1 of input list'],
    ['{"instances":[[1],{"x":1}]}', X_FLOAT, 'Expecting value/list but got object at item 1 of input list'],
    [
      '{"instances":[{"a":1,"b":"","c":1}]}',
      TWO_INPUTS,
      "Failed to process element: 0 key: c of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have named input: c",
    ],
    [
      '{"instances":[{"a":1,"b":""},{"a":1}]}',
      TWO_INPUTS,
      `Failed to process element: 1 of 'instances' list. JSON object: {\n    "a": 1\n} keys must be equal to: a,b`,
    ],
    [
      '{"instances":[{"a":1,"b":""},{"a":1.0,"b":""}]}',
      TWO_INPUTS,
      "Failed to process element: 1 key: a of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: 1.0 Type: Number is not of expected type: int32",
    ],
    [
      '{"instances":[[1,2],[3,4],[5,6,7]]}',
      X_FLOAT,
      "Failed to process element: 2 of 'instances' list. Error: INVALID_ARGUMENT: Expecting tensor size: 2 but got: 3",
    ],
    ['{"instances":[[1,2],[3,4],[[5,6]]]}', X_FLOAT, 'Expecting shape [2] but got: [1,2]'],
    ['{"instances":[1,[1]]}', X_FLOAT, 'Expecting shape [] but got: [1]'],
    [
      '{"instances":[[1,2],["a","b"]]}',
      X_FLOAT,
      'Failed to process element: 1 of \'instances\' list. Error: INVALID_ARGUMENT: JSON Value: "a" Type: String is not of expected type: float',
    ],
    [
      '{"instances":[[1,2],[3,4.5]]}',
      signatureOf({ x: 'INT64' }),
      "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: 4.5 Type: Number is not of expected type: int64",
    ],
  ])('refuses %s', (body, signature, message) => {
    expect(messageOf(body, signature)).toContain(message);
  });
});

describe('predictInputsFromJson: column format', () => {
  it.each<[string, DType, readonly number[], unknown[]]>([
    ['{"inputs":5}', 'FP32', [], [5]],
    ['{"inputs":[]}', 'FP32', [0], []],
    ['{"inputs":[]}', 'STRING', [0], []],
    ['{"inputs":[[]]}', 'BOOL', [1, 0], []],
    ['{"inputs":[[1,2]]}', 'FP32', [1, 2], [1, 2]],
    ['{"inputs":{"x":[[1,2]],"extra":null}}', 'FP32', [1, 2], [1, 2]],
    ['{"inputs":{"b64":"YQ=="}}', 'STRING', [], ['a']],
    ['{"inputs":{"x":{"b64":"YQ=="}}}', 'STRING', [], ['a']],
    ['{"inputs":[[true,false],[false,true]]}', 'BOOL', [2, 2], [1, 0, 0, 1]],
  ])('%s for %s', (body, dtype, shape, elements) => {
    expect(inputX(body, dtype)).toEqual([shape, elements]);
    expect(inputsOf(body, signatureOf({ x: dtype })).format).toBe('column');
  });

  it('reads inputs of different first dimension', () => {
    const { inputs } = inputsOf('{"inputs":{"a":[1,2,3],"b":"s"}}', TWO_INPUTS);
    expect([...inputs.values()].map(({ shape }) => shape)).toEqual([[], [3]]);
  });

  it.each<[string, Signature, string]>([
    ['{"inputs":[1]}', TWO_INPUTS, 'inputs is a plain value/list, but expecting an object as multiple'],
    ['{"inputs":{"a":1}}', TWO_INPUTS, "Missing named input: b in 'inputs' object."],
    ['{"inputs":{"x":null}}', X_FLOAT, 'JSON Value: null Type: Null is not of expected type: float'],
    ['{"inputs":{"x":{"y":1}}}', X_FLOAT, 'Type: Object is not of expected type: float'],
    ['{"inputs":[[1,2],[3]]}', X_FLOAT, 'Encountered list at unexpected size: 1 at level: 1 expected size: 2'],
    [
      '{"inputs":[[1,2],3]}',
      X_FLOAT,
      'JSON Value: 3 found at incorrect level: 2 in the JSON DOM. Expected at level: 2',
    ],
    ['{"inputs":[1,[2]]}', X_FLOAT, 'Encountered list at unexpected level: 1 expected < 1'],
    ['{"inputs":[[],[1]]}', X_FLOAT, 'Encountered list at unexpected size: 1 at level: 1 expected size: 0'],
    [`{"inputs":${'['.repeat(40)}1${']'.repeat(40)}}`, X_FLOAT, 'dimensions, at most 32 are allowed'],
    [`{"inputs":${'['.repeat(4000)}1${']'.repeat(4000)}}`, X_FLOAT, 'dimensions, at most 32 are allowed'],
  ])('refuses %s', (body, signature, message) => {
    expect(messageOf(body, signature)).toContain(message);
  });

  it('refuses a shape that claims far more than the document holds without allocating it', () => {
    const rows = `[${'1,'.repeat(399_999)}1]${',[1]'.repeat(399_999)}`;
    expect(messageOf(`{"inputs":[${rows}]}`)).toContain('unexpected size: 1 at level: 1 expected size: 400000');
    expect(messageOf(`{"instances":[${rows}]}`)).toContain('Expecting tensor size: 400000 but got: 1');
  });
});

describe('predictInputsFromJson: dtypes', () => {
  it.each<[DType, string, unknown[]]>([
    ['FP64', '[0.1,1e300]', [0.1, 1e300]],
    ['FP16', '[0.5,65504,1e6]', [0.5, 65_504, Infinity]],
    ['BF16', '[1,-2,3.14159,1e39,NaN]', [0x3f80, 0xc000, 0x4049, 0x7f80, 0x7fc0]],
    ['INT8', '[-128,127]', [-128, 127]],
    ['UINT8', '[0,255]', [0, 255]],
    ['INT16', '[-32768,32767]', [-32_768, 32_767]],
    ['UINT16', '[0,65535]', [0, 65_535]],
    ['INT32', '[-2147483648,2147483647]', [-(2 ** 31), 2 ** 31 - 1]],
    ['UINT32', '[0,4294967295]', [0, 2 ** 32 - 1]],
    ['INT64', '[-9223372036854775808,9007199254740993,5]', [-(2n ** 63n), 2n ** 53n + 1n, 5n]],
    ['UINT64', '[0,18446744073709551615]', [0n, 2n ** 64n - 1n]],
  ])('%s takes %s', (dtype, values, elements) => {
    expect(inputX(`{"inputs":${values}}`, dtype)[1]).toEqual(elements);
  });

  it.each<[DType, string, string]>([
    ['INT8', '128', 'int8'],
    ['INT8', '-129', 'int8'],
    ['UINT8', '-1', 'uint8'],
    ['UINT8', '300', 'uint8'],
    ['INT16', '32768', 'int16'],
    ['UINT16', '65536', 'uint16'],
    ['INT32', '2147483648', 'int32'],
    ['UINT32', '4294967296', 'uint32'],
    ['UINT32', '-1', 'uint32'],
    ['INT64', '9223372036854775808', 'int64'],
    ['UINT64', '-1', 'uint64'],
    ['INT32', '3.7', 'int32'],
    ['INT32', '1.0', 'int32'],
    ['BOOL', '1', 'bool'],
    ['STRING', '1', 'string'],
  ])('%s refuses %s', (dtype, value, name) => {
    const message = `JSON Value: ${value} Type: Number is not of expected type: ${name}`;
    expect(messageOf(`{"inputs":${value}}`, signatureOf({ x: dtype }))).toBe(message);
  });

  it.each<[DType, string, string]>([
    ['FP32', 'true', 'JSON Value: true Type: True is not of expected type: float'],
    ['FP16', '"1"', 'JSON Value: "1" Type: String is not of expected type: half'],
    ['BOOL', '"true"', 'JSON Value: "true" Type: String is not of expected type: bool'],
    ['STRING', '{"b64":5}', 'JSON Value: {\n    "b64": 5\n} not formatted correctly for base64 data'],
    ['STRING', '{"b64":"YQ==","x":1}', 'not formatted correctly for base64 data'],
    ['STRING', '{"b64":"Y-Q="}', 'Unable to base64 decode'],
    ['STRING', '{"b64":"YWJjZ"}', 'Unable to base64 decode'],
    ['STRING', '{"b64":"YQ="}', 'Unable to base64 decode'],
    ['STRING', '{"b64":"YQ==YQ=="}', 'Unable to base64 decode'],
  ])('%s refuses %s', (dtype, value, message) => {
    expect(messageOf(`{"inputs":[${value}]}`, signatureOf({ x: dtype }))).toContain(message);
  });
});

describe('refuseUnusualDTypes', () => {
  it.each<[DType, string]>([
    ['FP16', 'half'],
    ['BF16', 'bfloat16'],
    ['UINT16', 'uint16'],
  ])("refuses %s in TensorFlow Serving's words", (dtype, name) => {
    const body = parsePredictBody(bytesOf('{"instances":[1.0]}'));
    expect(thrownBy(() => refuseUnusualDTypes(body, signatureOf({ a: 'FP32', x: dtype })))).toMatchObject({
      code: Code.Unimplemented,
      message: `Conversion of JSON Value: [1.0] to type: ${name}`,
    });
  });

  it('lets every other dtype pass', () => {
    const body = parsePredictBody(bytesOf('{"inputs":[1]}'));
    const dtypes = [
      'FP32',
      'FP64',
      'INT8',
      'INT16',
      'INT32',
      'INT64',
      'UINT8',
      'UINT32',
      'UINT64',
      'BOOL',
      'STRING',
    ] as const;
    const signature = signatureOf(Object.fromEntries(dtypes.map((dtype) => [dtype, dtype])));
    expect(() => refuseUnusualDTypes(body, signature)).not.toThrow();
  });
});
