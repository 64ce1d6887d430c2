import { type AnyTensor, Code, tensor, zeros } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { datasetFromTensors } from '../../../scripts/src/data/dataset.ts';

const NAMES = { images: 'images', labels: 'labels' };
const LABELS = tensor('INT64', [2], BigInt64Array.of(7n, -1n));

function dataset(images: AnyTensor, labels: AnyTensor = LABELS) {
  return datasetFromTensors(new Map([['images', images] as const, ['labels', labels] as const]), NAMES);
}

describe('datasetFromTensors', () => {
  it('gives each picture its own pixels, and labels as text', () => {
    const digits = dataset(tensor('UINT8', [2, 1, 2], Uint8Array.of(1, 2, 3, 4)));
    expect(digits.count).toBe(2);
    expect(digits.image(1)).toEqual({ width: 2, height: 1, channels: 1, data: Uint8Array.of(3, 4) });
    expect([digits.label(0), digits.label(1)]).toEqual(['7', '-1']);
  });

  it('takes colour pictures', () => {
    expect(dataset(zeros('UINT8', [2, 4, 5, 3])).image(1)).toMatchObject({ width: 5, height: 4, channels: 3 });
  });

  it.each([
    ['pictures of floats', zeros('FP32', [2, 4, 4]), LABELS, 'is FP32 [2,4,4]'],
    ['pictures of one dimension', zeros('UINT8', [2, 4]), LABELS, 'is UINT8 [2,4]'],
    ['pictures of two channels', zeros('UINT8', [2, 4, 4, 2]), LABELS, 'is UINT8 [2,4,4,2]'],
    ['pictures without pixels', zeros('UINT8', [2, 0, 4]), LABELS, 'is UINT8 [2,0,4]'],
    ['labels of another count', zeros('UINT8', [3, 4, 4]), LABELS, '3 pictures want'],
    ['labels of floats', zeros('UINT8', [2, 4, 4]), zeros('FP32', [2]), 'is FP32 [2]'],
  ])('refuses %s', (_, images, labels, part) => {
    expect(() => dataset(images as AnyTensor, labels as AnyTensor)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(part) }),
    );
  });

  it('names the arrays there are when one is missing', () => {
    const tensors = new Map([['x_test', zeros('UINT8', [2, 4, 4]) as AnyTensor]]);
    expect(() => datasetFromTensors(tensors, NAMES)).toThrow('the data set has no array "images", it has x_test');
  });
});
