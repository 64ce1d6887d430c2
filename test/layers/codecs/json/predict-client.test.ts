import { type AnyTensor, Code, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  parsePredictBody,
  predictInputsFromJson,
  predictionsFromJson,
  predictRequestToJson,
} from '../../../../layers/codecs/src/index.ts';
import { thrownBy } from '../thrown-by.ts';
import { bytesOf, signatureOf } from './signatures.ts';

describe('predictRequestToJson', () => {
  it('writes a request that reads back as the same inputs', () => {
    const inputs = new Map<string, AnyTensor>([
      ['x', tensor('FP32', [2, 1], Float32Array.of(0.1, -2))],
      ['s', tensor('STRING', [2], [bytesOf('a"'), Uint8Array.of(0xff)])],
    ]);
    const body = parsePredictBody(predictRequestToJson(inputs, 'other'));

    expect(body.signatureName).toBe('other');
    expect(predictInputsFromJson(body, signatureOf({ x: 'FP32', s: 'STRING' }))).toEqual({ inputs, format: 'column' });
  });
});

describe('predictionsFromJson', () => {
  it('reads predictions and outputs as plain values', () => {
    const body =
      '{"predictions": [[1, 2.5], NaN, {"a": {"b64": "YQ=="}, "__proto__": [true, null]}, 9007199254740993, "s"]}';
    const members = new Map<string, unknown>([
      ['a', bytesOf('a')],
      ['__proto__', [true, null]],
    ]);

    expect(predictionsFromJson(bytesOf(body))).toEqual([[1, 2.5], NaN, members, 2n ** 53n + 1n, 's']);
    expect(predictionsFromJson(bytesOf('{"outputs": [[1], [2]]}'))).toEqual([[1], [2]]);
  });

  it('refuses what is no predict response', () => {
    expect(thrownBy(() => predictionsFromJson(bytesOf('{"error": "x"}')))).toMatchObject({
      code: Code.InvalidArgument,
      message: 'response has neither "predictions" nor "outputs"',
    });
  });
});
