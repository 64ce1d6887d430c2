import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { encodeRunOptions, encodeSessionConfig } from '../../../../gpu-backend/src/engine/tensorflow/session-config.ts';
import { CPU } from '../../../contract/engine.contract.ts';

const GPU = { kind: 'cuda', index: 1, threads: 4 } as const;

/** Expected bytes: tensorflow.ConfigProto in Python, less the value 0 of the device count, which is the default. */
describe('encodeSessionConfig', () => {
  it.each([
    ['intra 1, inter 1, no GPU', CPU, {}, '0a050a03475055100128013801'],
    ['intra 1, inter 3, no GPU', CPU, { interOpThreads: 3 }, '0a050a03475055100128033801'],
    ['GPU 1, memory as needed', GPU, {}, '10042804320520012a01313801'],
    [
      'GPU 1, half of the memory',
      GPU,
      { gpuMemoryFraction: 0.5, gpuAllowGrowth: false },
      '10042804320c09000000000000e03f2a01313801',
    ],
  ])('of %s is what TensorFlow writes', (_name, device, options, expected) => {
    expect(Buffer.from(encodeSessionConfig(device, options)).toString('hex')).toBe(expected);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses the memory fraction %d', (gpuMemoryFraction) => {
    expect(() => encodeSessionConfig(GPU, { gpuMemoryFraction })).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument }),
    );
  });
});

describe('encodeRunOptions', () => {
  it('is a timeout, or nothing', () => {
    expect(Buffer.from(encodeRunOptions({ runTimeoutMs: 1499.5 }) ?? []).toString('hex')).toBe('10dc0b');
    expect(encodeRunOptions({})).toBeUndefined();
  });
});
