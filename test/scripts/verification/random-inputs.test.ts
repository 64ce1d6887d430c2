import { ARRAY_OF, type DType, validateInputs } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { RANGES, randomInputs } from '../../../scripts/src/verification/random-inputs.ts';
import { signature } from '../../support/tensors.ts';

const DTYPES = [...Object.keys(ARRAY_OF), 'STRING'] as DType[]; // the table's keys are the numeric dtypes

describe('randomInputs', () => {
  it.each(DTYPES.flatMap((dtype) => RANGES.map((range) => [dtype, range] as const)))('fits %s, %s', (dtype, range) => {
    const wanted = signature({ x: [dtype, [null, 5]] }, {});
    const inputs = randomInputs(wanted, 40, 7, range);
    validateInputs(wanted, inputs);
    const { shape, data } = inputs.get('x')!;
    expect(shape).toEqual([40, 5]);
    expect(new Set(Array.from<unknown, string>(data, String)).size).toBeGreaterThan(1);
    expect(randomInputs(wanted, 40, 7, range)).toEqual(inputs);
    expect(randomInputs(wanted, 40, 8, range)).not.toEqual(inputs);
  });

  it('keeps integers small, so that they are ids', () => {
    const inputs = randomInputs(signature({ x: ['INT32', [null]] }, {}), 1000, 1, 'wide');
    const values = new Set(inputs.get('x')?.data as Int32Array);
    expect([...values].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
