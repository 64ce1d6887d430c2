import { ARRAY_OF, type DType } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  dtypeFromTensorFlow,
  dtypeToTensorFlow,
  tensorFlowDTypeName,
  tensorFlowDTypeNameOf,
  tensorFlowDTypeNumber,
} from '../../../layers/codecs/src/index.ts';

const DTYPES = ['STRING', ...Object.keys(ARRAY_OF)] as DType[]; // the table's keys

describe('TensorFlow dtypes', () => {
  it.each(DTYPES)('map %s to a number and back', (dtype) => {
    expect(dtypeFromTensorFlow(dtypeToTensorFlow(dtype))).toBe(dtype);
  });

  it.each([
    ['FP32', 'DT_FLOAT'],
    ['FP64', 'DT_DOUBLE'],
    ['BF16', 'DT_BFLOAT16'],
    ['FP16', 'DT_HALF'],
    ['UINT64', 'DT_UINT64'],
    ['STRING', 'DT_STRING'],
  ] as const)('name %s as %s', (dtype, name) => {
    expect(tensorFlowDTypeName(dtype)).toBe(name);
  });

  it.each([
    ['DT_FLOAT', 1],
    ['DT_HALF', 19],
    ['DT_FLOAT_REF', 101],
    ['DT_INVALID', 0],
    ['DT_FLOAT4_E2M1FN', 33],
    ['FLOAT', undefined],
    ['_REF', undefined],
  ])('have the number of %s', (name, number) => {
    expect(tensorFlowDTypeNumber(name)).toBe(number);
  });
});

describe('tensorFlowDTypeNameOf', () => {
  it.each([
    [1, 'DT_FLOAT'],
    [8, 'DT_COMPLEX64'],
    [101, 'DT_FLOAT_REF'],
    [99, 'dtype 99'],
  ])('names %d, whether tensors can hold it or not', (number, name) => {
    expect(tensorFlowDTypeNameOf(number)).toBe(name);
  });
});
