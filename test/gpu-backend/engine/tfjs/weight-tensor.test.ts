import { tensor } from '@tensorfleet/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { WeightSpec } from '../../../../gpu-backend/src/engine/tfjs/model-json.ts';
import type { StoredWeight } from '../../../../gpu-backend/src/engine/tfjs/weight-files.ts';
import { weightTensor } from '../../../../gpu-backend/src/engine/tfjs/weight-tensor.ts';
import '@tensorflow/tfjs-backend-cpu';

/** `bytes` behind one byte of something else: weights stand unaligned in their file. */
function weight(spec: Omit<WeightSpec, 'name'>, bytes: ArrayBuffer): StoredWeight {
  const file = new Uint8Array(1 + bytes.byteLength);
  file.set(new Uint8Array(bytes), 1);
  return { spec: { name: 'w', ...spec }, bytes: file.subarray(1) };
}

const floats = Float32Array.of(1.5, -2, Number.NaN).buffer;
const integers = Int32Array.of(-1, 2, 127).buffer;

describe('weightTensor', () => {
  it.each([
    ['float32', 'FP32', floats, Float32Array.of(1.5, -2, Number.NaN)],
    ['float32', 'FP64', floats, Float64Array.of(1.5, -2, Number.NaN)],
    ['float32', 'FP16', floats, Float16Array.of(1.5, -2, Number.NaN)],
    ['int32', 'INT32', integers, Int32Array.of(-1, 2, 127)],
    ['int32', 'INT64', integers, BigInt64Array.of(-1n, 2n, 127n)],
    ['int32', 'INT8', integers, Int8Array.of(-1, 2, 127)],
    ['int32', 'UINT8', Int32Array.of(0, 2, 255).buffer, Uint8Array.of(0, 2, 255)],
    ['bool', 'BOOL', Uint8Array.of(0, 1, 7).buffer, Uint8Array.of(0, 1, 1)],
  ] as const)('reads %s as %s', (stored, dtype, bytes, data) => {
    expect(weightTensor(weight({ shape: [3], dtype: stored }, bytes), dtype)).toEqual({ dtype, shape: [3], data });
  });

  it('reads strings', () => {
    const bytes = Uint8Array.of(2, 0, 0, 0, 0xff, 65, 0, 0, 0, 0).buffer;
    const expected = tensor('STRING', [2], [Uint8Array.of(0xff, 65), new Uint8Array(0)]);
    expect(weightTensor(weight({ shape: [2], dtype: 'string' }, bytes), 'STRING')).toEqual(expected);
  });

  it.each([
    ['float32', 'float16', new Uint16Array([0, 0x3c00, 0xfbff, 0x0001, 0x7c00]).buffer],
    ['float32', 'uint8', Uint8Array.of(0, 1, 127, 254, 255).buffer],
    ['float32', 'uint16', Uint16Array.of(0, 1, 127, 65_534, 65_535).buffer],
    ['int32', 'uint8', Uint8Array.of(0, 1, 127, 254, 255).buffer],
  ] as const)('reads quantised %s as TensorFlow.js does: %s', async (dtype, quantised, bytes) => {
    const quantization =
      quantised === 'float16' ? { dtype: quantised } : { dtype: quantised, min: -1.25, scale: 0.010101 };
    const spec = { name: 'w', shape: [5], dtype, quantization };
    await tf.setBackend('cpu');
    const expected = tf.io.decodeWeights(bytes, [spec])['w']?.dataSync();
    expect(weightTensor(weight(spec, bytes), dtype === 'int32' ? 'INT32' : 'FP32').data).toEqual(expected);
  });

  it.each([
    ['float32', 'INT32', floats],
    ['int32', 'FP32', integers],
    ['int32', 'UINT64', integers],
  ] as const)('refuses %s for %s', (stored, dtype, bytes) => {
    expect(() => weightTensor(weight({ shape: [3], dtype: stored }, bytes), dtype)).toThrow(
      `weight "w" is ${stored} in the file and ${dtype} in the graph`,
    );
  });
});
