import { Code, completeInputs, type Signature, type TensorSpec, tensor, validateInputs } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';

const SPEC: TensorSpec = { name: '', dtype: 'FP32', shape: [] };

const SIGNATURE: Signature = {
  name: 's',
  methodName: 'm',
  inputs: new Map([
    ['x', { ...SPEC, name: 'model/x' }],
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

  it.each([
    [
      'an input that is missing and has no default',
      { y: X },
      'Signature input alias: x(feed name: model/x:0) not found in request and no default value provided. ' +
        'Inputs expected to be in the request {y}, or default input alias set: scale',
    ],
    [
      'more inputs than the signature has',
      { x: X, y: X, z: X },
      'input size does not match signature: 3!=2 len({x,y,z}) != len({scale,x}). ' +
        'Sent extra: {y,z}. Missing but required: {scale}.',
    ],
    [
      'an input of another name where defaults fill the rest',
      { x: X, y: X },
      'Inputs contains invalid name. Used request inputs: x, request input: x,y',
    ],
  ])('refuses %s', (_name, inputs, message) => {
    expect(() => completeInputs(SIGNATURE, new Map(Object.entries(inputs)))).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message }),
    );
  });

  it('refuses fewer inputs than a signature without defaults has', () => {
    const { defaults, ...rest } = SIGNATURE;

    expect(() => completeInputs(rest, new Map([['x', X]]))).toThrow(
      'input size does not match signature: 1!=2 len({x}) != len({scale,x}). Sent extra: {}. Missing but required: {scale}.',
    );
  });
});
