import { Code, type DType, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  bytesField,
  decodeModelInferRequest,
  decodeOipModelRequest,
  delimited,
  encodeMessage,
  encodeModelInferResponse,
  encodeOipModelMetadata,
  encodeOipTruth,
  type Field,
  intField,
  messageField,
  stringField,
} from '../../../../layers/codecs/src/index.ts';
import { describeTensors, goldenVectors } from '../golden.ts';
import { thrownBy } from '../thrown-by.ts';

function golden(name: string): Uint8Array {
  const vector = goldenVectors().find((one) => one.name === name);
  return vector?.bytes ?? new Uint8Array(0);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('the Open Inference Protocol against tritonclient', () => {
  it.each(goldenVectors('inference.ModelInferRequest'))('decodes $name', ({ bytes, expected }) => {
    const { inputs, ...rest } = decodeModelInferRequest(bytes);
    expect({ ...rest, inputs: describeTensors(inputs) }).toEqual(expected);
  });

  it('encodes ModelInferResponse byte for byte', () => {
    const { inputs } = decodeModelInferRequest(golden('infer-request-raw'));
    const outputs = new Map([...inputs, ['scalar', tensor('FP32', [], Float32Array.of(1.5))] as const]);
    const encoded = encodeModelInferResponse({ modelName: 'm', modelVersion: '3', id: 'r1', outputs });
    expect(hex(encoded)).toBe(hex(golden('infer-response')));
  });

  it('reads which model is asked for', () => {
    const request = decodeOipModelRequest(golden('model-ready-request'), 'ModelReadyRequest');
    expect(request).toEqual({ name: 'm', version: '3' });
  });

  it.each([false, true])('encodes that something is %s', (value) => {
    expect(hex(encodeOipTruth(value))).toBe(hex(golden(`server-ready-response-${value}`)));
  });

  it('encodes ModelMetadataResponse byte for byte, a free rank as one free dimension', () => {
    const encoded = encodeOipModelMetadata({
      name: 'm',
      versions: ['1', '3'],
      platform: 'onnxruntime_onnx',
      inputs: new Map([
        ['x', { name: 'x', dtype: 'FP32', shape: [null, 28, 2 ** 40] }],
        ['s', { name: 's', dtype: 'STRING', shape: [] }],
      ]),
      outputs: new Map([['y', { name: 'y', dtype: 'BF16', shape: null }]]),
    });
    expect(hex(encoded)).toBe(hex(golden('oip-metadata-response')));
  });
});

interface Input {
  readonly name?: string;
  readonly datatype?: string;
  readonly shape?: readonly number[];
  /** Fields of InferTensorContents. */
  readonly contents?: readonly Field[];
  readonly parameter?: string;
}

function inputField({ name = 'x', datatype = 'INT32', shape = [2], contents, parameter }: Input): Field {
  return messageField(5, [
    stringField(1, name),
    stringField(2, datatype),
    ...shape.map((dimension) => (dimension === 0 ? zeroDimension() : intField(3, dimension))),
    ...(parameter === undefined ? [] : [messageField(4, [stringField(1, parameter), messageField(2, [])])]),
    ...(contents === undefined ? [] : [messageField(5, contents)]),
  ]);
}

/** A dimension 0, which an encoder of single fields leaves out. */
function zeroDimension(): Field {
  return delimited(3, 1, (writer) => writer.uint32(0));
}

function requestOf(
  inputs: readonly Input[],
  raws: readonly Uint8Array[] = [],
  more: readonly Field[] = [],
): Uint8Array {
  return encodeMessage([
    stringField(1, 'm'),
    ...inputs.map(inputField),
    ...more,
    ...raws.map((raw) => bytesField(7, raw)),
  ]);
}

function packed(field: number, ...values: readonly number[]): Field {
  return delimited(field, values.length, (writer) => values.forEach((value) => void writer.uint32(value)));
}

const FOUR_BYTES = Uint8Array.of(1, 0, 0, 0);
const EIGHT_BYTES = Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0);

describe('decodeModelInferRequest: what is sound', () => {
  it('takes values that are not packed, with others between them', () => {
    const contents = [intField(2, 7), intField(99, 1), intField(2, 300)];
    const { inputs } = decodeModelInferRequest(requestOf([{ contents }]));
    expect(inputs.get('x')).toEqual(tensor('INT32', [2], Int32Array.of(7, 300)));
  });

  it('takes values of another wire type for an unknown field', () => {
    const contents = [
      packed(2, 1, 2),
      { size: 5, write: (writer: { raw(bytes: Uint8Array): void }) => writer.raw(Uint8Array.of(0x15, 1, 1, 1, 1)) },
    ];
    expect(decodeModelInferRequest(requestOf([{ contents }])).inputs.get('x')?.data).toEqual(Int32Array.of(1, 2));
  });

  it('makes views of raw values where their address allows it', () => {
    for (const padding of ['', 'a', 'ab', 'abc']) {
      const bytes = requestOf([{ name: `x${padding}` }], [EIGHT_BYTES]);
      const input = [...decodeModelInferRequest(bytes).inputs.values()][0];
      expect(input?.data).toEqual(Int32Array.of(1, 2));
    }
  });

  it.each<[string, number[], Uint8Array]>([
    ['FP32', [2, 0], new Uint8Array(0)],
    ['BYTES', [0], new Uint8Array(0)],
    ['BYTES', [2], Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 65)],
    ['BOOL', [2], Uint8Array.of(0, 1)],
  ])('takes raw %s of shape %j', (datatype, shape, raw) => {
    const [input] = decodeModelInferRequest(requestOf([{ datatype, shape }], [raw])).inputs.values();
    expect(input?.shape).toEqual(shape);
  });

  it('takes an input of zero elements without contents', () => {
    expect(decodeModelInferRequest(requestOf([{ shape: [0] }])).inputs.get('x')?.data).toHaveLength(0);
  });
});

describe('decodeModelInferRequest: what is refused', () => {
  it.each<[string, Uint8Array, string]>([
    [
      'raw and typed',
      requestOf([{ contents: [packed(2, 1, 2)] }], [EIGHT_BYTES]),
      "contents field must not be specified when using raw_input_contents for 'x' for model 'm'",
    ],
    [
      'too few raw entries',
      requestOf([{}, { name: 'y' }], [EIGHT_BYTES]),
      'raw_input_contents has 1 entries, the request has 2 inputs',
    ],
    [
      'too many raw entries',
      requestOf([{}], [EIGHT_BYTES, EIGHT_BYTES]),
      'raw_input_contents has 2 entries, the request has 1 inputs',
    ],
    [
      'too few raw bytes',
      requestOf([{}], [EIGHT_BYTES.subarray(1)]),
      "input 'x': raw_input_contents has 7 bytes, 2 elements of INT32 need 8",
    ],
    ['raw bytes left over', requestOf([{}], [Buffer.concat([EIGHT_BYTES, FOUR_BYTES])]), 'has 12 bytes'],
    ['a bool that is none', requestOf([{ datatype: 'BOOL' }], [Uint8Array.of(1, 2)]), 'the byte 2 at element 1'],
    ['no values', requestOf([{}]), "input 'x': the contents have 0 bytes"],
    [
      'too few values',
      requestOf([{ contents: [packed(2, 1)] }]),
      'int_contents has 1 values, the shape has 2 elements',
    ],
    [
      'too many values',
      requestOf([{ contents: [packed(2, 1, 2, 3)] }]),
      'int_contents has 3 values, the shape has 2 elements',
    ],
    [
      'too many floats in two pieces',
      requestOf([{ datatype: 'FP32', shape: [1], contents: [bytesField(6, FOUR_BYTES), bytesField(6, EIGHT_BYTES)] }]),
      'fp32_contents has 3 values',
    ],
    [
      'half a float',
      requestOf([{ datatype: 'FP32', shape: [1], contents: [bytesField(6, EIGHT_BYTES.subarray(2))] }]),
      '6 bytes are not a multiple of 4',
    ],
    [
      'the field of another datatype',
      requestOf([{ contents: [packed(4, 1, 2)] }]),
      'the values are in uint_contents, those of INT32 belong into int_contents',
    ],
    [
      '300 for INT8',
      requestOf([{ datatype: 'INT8', contents: [intField(2, 1), intField(2, 300)] }]),
      'the value 300 at element 1 is outside the range of its datatype',
    ],
    [
      '-1 for UINT8',
      requestOf([{ datatype: 'UINT8', shape: [1], contents: [intField(4, -1)] }]),
      'the value 4294967295 at element 0',
    ],
    ['typed half', requestOf([{ datatype: 'FP16', contents: [packed(4, 1, 2)] }]), 'FP16 has no typed contents'],
    [
      'an unknown datatype',
      requestOf([{ datatype: 'fp32' }]),
      'datatype "fp32" is none of the Open Inference Protocol',
    ],
    ['a dtype that is no datatype', requestOf([{ datatype: 'STRING' }]), 'datatype "STRING" is none'],
    ['no datatype', requestOf([{ datatype: '' }]), 'datatype "" is none'],
    ['one input twice', requestOf([{}, {}], [EIGHT_BYTES, EIGHT_BYTES]), "input 'x' already exists in request"],
    ['a dimension of -1', requestOf([{ shape: [-1, 2] }], [EIGHT_BYTES]), 'has the dimension -1'],
    ['2^53 elements and more', requestOf([{ shape: [2 ** 32, 2 ** 32] }], [EIGHT_BYTES]), 'more than 2^53 elements'],
    [
      'a shape that claims gigabytes',
      requestOf([{ shape: [2 ** 40], contents: [packed(2, 1)] }]),
      'needs 4398046511104 bytes',
    ],
    [
      'a million dimensions',
      encodeMessage([messageField(5, [bytesField(3, new Uint8Array(1_000_000).fill(1))])]),
      'more than 32 dimensions',
    ],
    [
      'a string beyond the end',
      requestOf([{ datatype: 'BYTES', shape: [1] }], [Uint8Array.of(5, 0, 0, 0, 65)]),
      'ends within string 0: of 5 bytes 1 are left',
    ],
    [
      'a string of 4 GiB',
      requestOf([{ datatype: 'BYTES', shape: [1] }], [Uint8Array.of(255, 255, 255, 255)]),
      'ends within string 0: of 4294967295 bytes 0 are left',
    ],
    ['too few strings', requestOf([{ datatype: 'BYTES' }], [Uint8Array.of(0, 0, 0, 0)]), 'too few for 2 strings'],
    [
      'a length that is cut off',
      requestOf([{ datatype: 'BYTES' }], [Uint8Array.of(2, 0, 0, 0, 65, 66, 1, 0)]),
      'ends within string 1',
    ],
    [
      'bytes after the strings',
      requestOf([{ datatype: 'BYTES', shape: [1] }], [EIGHT_BYTES]),
      'has 3 bytes after its 1 strings',
    ],
  ])('%s', (_, bytes, message) => {
    const error = thrownBy(() => decodeModelInferRequest(bytes));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.message).toContain(message);
  });

  it.each([
    ['shared memory', requestOf([{ parameter: 'shared_memory_region' }], [EIGHT_BYTES])],
    [
      'classification',
      requestOf(
        [],
        [],
        [
          messageField(6, [
            stringField(1, 'y'),
            messageField(2, [stringField(1, 'classification'), messageField(2, [])]),
          ]),
        ],
      ),
    ],
  ])('%s, with UNIMPLEMENTED', (_, bytes) => {
    expect(thrownBy(() => decodeModelInferRequest(bytes)).code).toBe(Code.Unimplemented);
  });

  it('more entries than any model has', () => {
    const bytes = encodeMessage(new Array<Field>(20_000).fill(bytesField(7, new Uint8Array(0))));
    expect(thrownBy(() => decodeModelInferRequest(bytes)).message).toContain('more than 16384');
  });

  it.each<[DType, number]>([
    ['STRING', 128],
    ['INT32', 4],
  ])('values of %s beyond what the caller allows', (dtype, elementBytes) => {
    const datatype = dtype === 'STRING' ? 'BYTES' : dtype;
    const contents = dtype === 'STRING' ? [bytesField(8, FOUR_BYTES), bytesField(8, FOUR_BYTES)] : [packed(2, 1, 2)];
    const bytes = requestOf([{ datatype, contents }]);
    expect(thrownBy(() => decodeModelInferRequest(bytes, { maxTensorBytes: 2 * elementBytes - 1 })).message).toContain(
      `needs ${2 * elementBytes} bytes`,
    );
    expect(decodeModelInferRequest(bytes, { maxTensorBytes: 2 * elementBytes }).inputs.size).toBe(1);
  });
});
