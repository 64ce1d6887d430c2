import { type AnyTensor, Code, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { type PredictFormat, predictOutputsToJson } from '../../../../layers/codecs/src/index.ts';
import { thrownBy } from '../thrown-by.ts';
import { bytesOf, textOf } from './signatures.ts';

function json(outputs: Readonly<Record<string, AnyTensor>>, format: PredictFormat = 'row'): string {
  return textOf(predictOutputsToJson(new Map(Object.entries(outputs)), format));
}

function floats(...values: number[]): AnyTensor {
  return tensor('FP32', [values.length], Float32Array.from(values));
}

/** The elements of a rank 1 output in row format. */
function elements(output: AnyTensor): string {
  return json({ y: output }).slice('{\n    "predictions": ['.length, -'\n    ]\n}'.length);
}

describe('predictOutputsToJson: layout', () => {
  it('writes one output in row format as bare rows', () => {
    expect(json({ y: floats(2.5, 3, 4.5) })).toBe('{\n    "predictions": [2.5, 3.0, 4.5\n    ]\n}');
    expect(json({ y: tensor('FP32', [2, 2], Float32Array.of(2.5, 3, 3.5, 4)) })).toBe(
      '{\n    "predictions": [[2.5, 3.0], [3.5, 4.0]\n    ]\n}',
    );
  });

  it('writes several outputs in row format as objects with sorted names', () => {
    const outputs = { b: floats(3, 4), a: tensor('INT32', [2, 2], Int32Array.of(1, 2, 3, 4)) };
    expect(json(outputs)).toBe(`{
    "predictions": [
        {
            "a": [1, 2],
            "b": 3.0
        },
        {
            "a": [3, 4],
            "b": 4.0
        }
    ]
}`);
  });

  it('writes column format over many lines', () => {
    expect(json({ y: tensor('INT32', [2, 1], Int32Array.of(1, 2)) }, 'column')).toBe(`{
    "outputs": [
        [
            1
        ],
        [
            2
        ]
    ]
}`);
    expect(
      json({ b: tensor('FP32', [], Float32Array.of(1)), a: tensor('INT32', [0], new Int32Array(0)) }, 'column'),
    ).toBe(`{
    "outputs": {
        "a": [],
        "b": 1.0
    }
}`);
  });

  it('writes a batch of zero rows as an empty list', () => {
    const empty = tensor('FP32', [0, 3], new Float32Array(0));
    expect(json({ y: empty })).toBe('{\n    "predictions": []\n}');
    expect(json({ y: empty, z: empty })).toBe('{\n    "predictions": []\n}');
  });

  it.each<[Record<string, AnyTensor>, string]>([
    [{}, 'Cannot convert empty tensor map to JSON'],
    [{ y: tensor('FP32', [], Float32Array.of(1)) }, 'Tensor name: y has no shape information '],
    [{ y: floats(1), z: floats(1, 2) }, 'Tensor name: z has inconsistent batch size: 2 expecting: 1'],
  ])('refuses what has no rows: %#', (outputs, message) => {
    expect(thrownBy(() => json(outputs))).toMatchObject({ code: Code.InvalidArgument, message });
  });
});

describe('predictOutputsToJson: elements', () => {
  it.each<[number, string]>([
    [0.2, '0.2'],
    [9_000_000, '9e+06'],
    [999_999, '999999.0'],
    [0.5, '0.5'],
    [0.0003, '0.0003'],
    [0.00003, '3e-05'],
    [555_557.5, '555557.5'],
    [1 / 3, '0.333333343'],
    [0, '0.0'],
    [-0, '-0.0'],
    [-1.5, '-1.5'],
    [16_777_216, '16777216.0'],
    [100_000, '100000.0'],
    [1e-4, '0.0001'],
    [3.4028234663852886e38, '3.40282347e+38'],
    [1.401298464324817e-45, '1.4013e-45'],
    [16.00390625, '16.0039062'],
    [16.01171875, '16.0117188'],
    [1_234_567.125, '1234567.12'],
    [1e10, '1e+10'],
    [9.999999, '9.99999905'],
    [0.99999994, '0.99999994'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
  ])('FP32 %d is %s', (value, text) => {
    expect(elements(floats(value))).toBe(text);
  });

  it.each<[AnyTensor, string]>([
    [
      tensor('FP64', [4], Float64Array.of(0.1, 1 / 3, 1e100, 0.1 + 0.2)),
      '0.1, 0.33333333333333331, 1e+100, 0.30000000000000004',
    ],
    [tensor('FP16', [3], Float16Array.of(0.1, 65_504, 1)), '0.0999756, 65504.0, 1.0'],
    [tensor('BF16', [2], Uint16Array.of(0x3f80, 0x4049)), '1.0, 3.14062'],
    [tensor('INT64', [2], BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n)), '-9223372036854775808, 9007199254740993'],
    [tensor('UINT64', [1], BigUint64Array.of(2n ** 64n - 1n)), '18446744073709551615'],
    [tensor('UINT8', [2], Uint8Array.of(0, 255)), '0, 255'],
    [tensor('BOOL', [2], Uint8Array.of(0, 1)), 'false, true'],
  ])('%#: $dtype', (output, text) => {
    expect(elements(output)).toBe(text);
  });

  it('escapes what JSON must not hold in strings and nothing else', () => {
    const value = '"\\/\b\f\n\r\t\u0001\u001fä\u2028😀';
    expect(elements(tensor('STRING', [1], [bytesOf(value)]))).toBe('"\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001Fä\u2028😀"');
  });

  it('writes bytes as base64 where the name or the bytes ask for it', () => {
    expect(json({ image_bytes: tensor('STRING', [1], [bytesOf('ab')]) })).toContain('"b64": "YWI="');
    expect(json({ y: tensor('STRING', [1], [Uint8Array.of(0xff, 0xfe)]) })).toContain('"b64": "//4="');
  });

  it('writes all strings of an output as base64 when one of them is no UTF-8', () => {
    const mixed = tensor('STRING', [2], [bytesOf('ab'), Uint8Array.of(0xff)]);
    expect(JSON.parse(json({ y: mixed, z: tensor('STRING', [2], [bytesOf('c'), bytesOf('d')]) }))).toEqual({
      predictions: [
        { y: { b64: 'YWI=' }, z: 'c' },
        { y: { b64: '/w==' }, z: 'd' },
      ],
    });
  });

  it.each([
    ['literal', '0.5, NaN, Infinity, -Infinity'],
    ['null', '0.5, null, null, null'],
    ['string', '0.5, "NaN", "Infinity", "-Infinity"'],
  ] as const)('writes what is not finite as %s', (policy, text) => {
    const values = [0.5, NaN, Infinity, -Infinity];
    for (const output of [
      floats(...values),
      tensor('FP64', [4], Float64Array.from(values)),
      tensor('FP16', [4], Float16Array.from(values)),
      tensor('BF16', [4], Uint16Array.of(0x3f00, 0x7fc0, 0x7f80, 0xff80)),
    ]) {
      expect(textOf(predictOutputsToJson(new Map([['y', output]]), 'row', policy))).toContain(`[${text}\n`);
    }
  });
});
