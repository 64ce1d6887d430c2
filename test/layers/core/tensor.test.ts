import { ARRAY_OF, type DType, elementCount, formatShape, isDType, tensor, zeros } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { EDGE_VALUES } from '../../support/tensors.ts';

describe('elementCount', () => {
  it.each([
    { shape: [], count: 1 },
    { shape: [0, 5], count: 0 },
    { shape: [2, 3, 4], count: 24 },
  ])('of $shape is $count', ({ shape, count }) => {
    expect(elementCount(shape)).toBe(count);
  });

  it.each([
    { name: 'negative', shape: [-1], text: '-1' },
    { name: 'fractional', shape: [1.5], text: '1.5' },
    { name: 'NaN', shape: [Number.NaN], text: 'NaN' },
    { name: 'overflowing', shape: [2 ** 30, 2 ** 30], text: '2^53' },
    { name: 'too long', shape: new Array<number>(33).fill(1), text: '33 dimensions' },
  ])('refuses a $name shape', ({ shape, text }) => {
    expect(() => elementCount(shape)).toThrow(text);
  });
});

describe('tensor', () => {
  it('refuses data that does not fill the shape, with both numbers', () => {
    expect(() => tensor('FP32', [2, 2], new Float32Array(3))).toThrow(/\[2,2\] wants 4 elements, the data has 3/);
  });
});

describe('zeros', () => {
  it.each(Object.keys(EDGE_VALUES) as DType[])('of %s has the class of its dtype', (dtype) => {
    const { data } = zeros(dtype, [2]);
    expect(data).toHaveLength(2);
    expect(data.constructor).toBe(EDGE_VALUES[dtype].constructor);
  });
});

describe('isDType', () => {
  it('knows the dtypes and nothing that objects inherit', () => {
    expect(isDType('FP32')).toBe(true);
    expect(isDType('STRING')).toBe(true);
    expect(isDType('toString')).toBe(false);
    expect(Object.keys(ARRAY_OF)).toHaveLength(13);
  });
});

describe('formatShape', () => {
  it('prints free dimensions as question marks', () => {
    expect(formatShape([null, 3])).toBe('[?,3]');
  });
});
