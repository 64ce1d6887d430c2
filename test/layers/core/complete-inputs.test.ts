import { completeInputs, type Signature, type TensorSpec, tensor, validateInputs } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';

const SPEC: TensorSpec = { name: '', dtype: 'FP32', shape: [] };

const SIGNATURE: Signature = {
  name: 's',
  methodName: 'm',
  inputs: new Map([
    ['x', SPEC],
    ['scale', SPEC],
  ]),
  outputs: new Map(),
  defaults: new Map([['scale', tensor('FP32', [], Float32Array.of(2))]]),
};

const X = tensor('FP32', [], Float32Array.of(1));
const SCALE = tensor('FP32', [], Float32Array.of(3));

describe('completeInputs', () => {
  it('puts defaults in the place of inputs that are missing', () => {
    const inputs = completeInputs(SIGNATURE, new Map([['x', X]]));
    expect([...inputs]).toEqual([
      ['x', X],
      ['scale', SIGNATURE.defaults?.get('scale')],
    ]);
    expect(() => validateInputs(SIGNATURE, inputs)).not.toThrow();
  });

  it('leaves inputs alone that are there', () => {
    const inputs = new Map([
      ['x', X],
      ['scale', SCALE],
    ]);
    expect(completeInputs(SIGNATURE, inputs)).toBe(inputs);
  });

  it('has none for an input that must be sent, whose error names the defaults', () => {
    const inputs = completeInputs(SIGNATURE, new Map([['y', X]]));
    expect(() => validateInputs(SIGNATURE, inputs)).toThrow(/alias: x\(feed.*default input alias set: \{scale\}/);
  });
});
