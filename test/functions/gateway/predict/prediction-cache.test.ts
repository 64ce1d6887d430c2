import { type AnyTensor, type NamedTensors, tensor, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { PredictionCache } from '../../../../functions/src/gateway/predict/prediction-cache.ts';
import type { VersionInfo } from '../../../../functions/src/gateway/predict/version-info.ts';
import { fp32, named, strings } from '../../../support/tensors.ts';

const info = (name: string, number: number): VersionInfo => ({
  name,
  version: version(number),
  signatures: new Map(),
  pipeline: {},
});

describe('PredictionCache', () => {
  let time = 0;
  const cache = new PredictionCache({ maxBytes: 1_000, ttlMs: 100 }, () => time);
  const keyOf = (inputs: NamedTensors, of = info('m', 1), signature = 'serving_default'): string =>
    cache.keyOf(of, signature, inputs);

  it('has one key for equal inputs, in any order and in any buffer', () => {
    const view = tensor('FP32', [2], new Float32Array([0, 1, 2]).subarray(1)) as AnyTensor;
    const one = new Map([
      ['a', fp32([2], 1, 2)],
      ['b', fp32([1], 3)],
    ]);
    const other = new Map([
      ['b', fp32([1], 3)],
      ['a', view],
    ]);
    expect(keyOf(one)).toBe(keyOf(other));
  });

  it('has another key for whatever is another', () => {
    const x = named({ x: fp32([2], 1, 2) });
    const uint8 = (...bytes: number[]): AnyTensor =>
      tensor('UINT8', [bytes.length], Uint8Array.from(bytes)) as AnyTensor;
    const keys = [
      keyOf(x),
      keyOf(x, info('n', 1)),
      keyOf(x, info('m', 2)),
      keyOf(x, info('m', 1), 'other'),
      keyOf(named({ y: fp32([2], 1, 2) })),
      keyOf(named({ x: fp32([2], 1, 3) })),
      keyOf(named({ x: fp32([1, 2], 1, 2) })),
      keyOf(named({ x: tensor('INT32', [2], new Int32Array(Float32Array.of(1, 2).buffer)) as AnyTensor })),
      keyOf(named({ x: fp32([0]) })),
      keyOf(named({ x: uint8(1, 2), y: uint8(3) })),
      keyOf(named({ x: uint8(1), y: uint8(2, 3) })),
      keyOf(named({ x: strings([2], 'ab', 'c') })),
      keyOf(named({ x: strings([2], 'a', 'bc') })),
      keyOf(named({ x: strings([2], '2:ab', '') })),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('keeps outputs for their time', () => {
    const outputs = named({ y: fp32([1], 1) });
    cache.set('k', outputs);
    time = 99;
    expect(cache.get('k')).toBe(outputs);
    time = 100;
    expect(cache.get('k')).toBeUndefined();
  });

  it('keeps no outputs that are larger than all it may hold', () => {
    cache.set('k', named({ y: fp32([300], ...new Array<number>(300).fill(1)) }));
    expect(cache.get('k')).toBeUndefined();
  });
});
