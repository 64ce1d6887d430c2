import { encodePredictRequest, peekModelSpec } from '@tensorfleet/codecs';
import { version } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fp32, named } from '../../../support/tensors.ts';

describe('peekModelSpec', () => {
  it('reads the model of a request, and nothing behind it', () => {
    const modelSpec = { name: 'm', version: version(3), signatureName: 's' };
    const bytes = encodePredictRequest({ modelSpec, inputs: named({ x: fp32([1], 1) }), outputFilter: [] });
    expect(peekModelSpec(bytes.fill(0xff, bytes.length - 4))).toEqual(modelSpec);
  });

  it('is undefined for a request that begins with something else', () => {
    const bytes = encodePredictRequest({ modelSpec: undefined, inputs: named({ x: fp32([1], 1) }), outputFilter: [] });
    expect(peekModelSpec(bytes)).toBeUndefined();
    expect(peekModelSpec(new Uint8Array())).toBeUndefined();
  });

  it('takes any bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void peekModelSpec(bytes)));
  });
});
