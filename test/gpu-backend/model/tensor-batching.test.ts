import { describe, expect, it } from 'vitest';
import {
  batchKeyOf,
  concatenate,
  copyOf,
  hasRows,
  isBatchable,
  rowsOf,
  sliceRows,
} from '../../../gpu-backend/src/model/tensor-batching.ts';
import { fp32, int64, named, signature, strings, valuesOf } from '../../support/tensors.ts';

describe('isBatchable', () => {
  it.each([
    { name: 'free first dimensions', inputs: [null, 4], outputs: [null], expected: true },
    { name: 'a fixed input batch', inputs: [1, 4], outputs: [null], expected: false },
    { name: 'an output without rows', inputs: [null, 4], outputs: [], expected: false },
    { name: 'an input of unknown rank', inputs: null, outputs: [null], expected: false },
  ])('is $expected for $name', ({ inputs, outputs, expected }) => {
    expect(isBatchable(signature({ x: ['FP32', inputs] }, { y: ['FP32', outputs] }))).toBe(expected);
  });

  it('is false for a signature without inputs', () => {
    expect(isBatchable(signature({}, { y: ['FP32', [null]] }))).toBe(false);
  });
});

describe('rowsOf', () => {
  it('is the first dimension that all inputs share', () => {
    expect(rowsOf(named({ a: fp32([2, 1], 1, 2), b: fp32([2], 1, 2) }))).toBe(2);
  });

  it('is undefined when inputs disagree or are scalars', () => {
    expect(rowsOf(named({ a: fp32([2], 1, 2), b: fp32([1], 1) }))).toBeUndefined();
    expect(rowsOf(named({ a: fp32([], 1) }))).toBeUndefined();
  });
});

describe('batchKeyOf', () => {
  it('is equal for tasks that differ in rows only', () => {
    const one = batchKeyOf('s', named({ x: fp32([1, 2], 1, 2) }));
    expect(batchKeyOf('s', named({ x: fp32([2, 2], 1, 2, 3, 4) }))).toBe(one);
  });

  it.each([
    { name: 'signature', key: batchKeyOf('t', named({ x: fp32([1, 2], 1, 2) })) },
    { name: 'other dimension', key: batchKeyOf('s', named({ x: fp32([1, 1, 2], 1, 2) })) },
    { name: 'name that imitates the separator', key: batchKeyOf('s', named({ 'x":2|"': fp32([1, 2], 1, 2) })) },
  ])('differs for another $name', ({ key }) => {
    expect(key).not.toBe(batchKeyOf('s', named({ x: fp32([1, 2], 1, 2) })));
  });
});

describe('concatenate and sliceRows', () => {
  it('give every task its own rows back, strings included', () => {
    const tasks = [
      named({ x: fp32([2, 2], 1, 2, 3, 4), s: strings([2], 'a', 'b') }),
      named({ x: fp32([1, 2], 5, 6), s: strings([1], 'c') }),
    ];
    const batch = concatenate(tasks, 3);
    expect(batch.get('x')).toEqual(fp32([3, 2], 1, 2, 3, 4, 5, 6));
    expect(sliceRows(batch, 0, 2)).toEqual(tasks[0]);
    expect(sliceRows(batch, 2, 3)).toEqual(tasks[1]);
  });

  it('pad with the first row of the last task that has rows', () => {
    const tasks = [
      named({ x: int64([1], 5n), s: strings([1], 'z') }),
      named({ x: int64([2], 7n, 8n), s: strings([2], 'a', 'b') }),
      named({ x: int64([0]), s: strings([0]) }),
    ];
    const batch = concatenate(tasks, 5);
    expect(batch.get('x')).toEqual(int64([5], 5n, 7n, 8n, 7n, 7n));
    expect(batch.get('s')).toEqual(strings([5], 'z', 'a', 'b', 'a', 'a'));
  });

  it('pad with zeros and empty strings when no task has rows', () => {
    const batch = concatenate([named({ x: int64([0, 2]), s: strings([0, 1]) })], 2);
    expect(batch.get('x')).toEqual(int64([2, 2], 0n, 0n, 0n, 0n));
    expect(batch.get('s')).toEqual(strings([2, 1], '', ''));
  });

  it('pad rows that hold nothing', () => {
    expect(concatenate([named({ x: fp32([1, 0]), s: strings([1, 0]) })], 3).get('s')).toEqual(strings([3, 0]));
  });

  it('carry tasks of zero rows', () => {
    const batch = concatenate([named({ x: fp32([0, 2]) }), named({ x: fp32([1, 2], 1, 2) })], 1);
    expect(batch.get('x')).toEqual(fp32([1, 2], 1, 2));
    expect(sliceRows(batch, 0, 0).get('x')).toEqual(fp32([0, 2]));
  });

  it('sliceRows makes views and concatenate makes copies', () => {
    const source = named({ x: fp32([2], 1, 2) });
    const slice = sliceRows(source, 1, 2).get('x');
    const copy = concatenate([source], 2).get('x');
    (source.get('x')?.data as Float32Array)[1] = 9;
    expect(slice?.data).toEqual(Float32Array.of(9));
    expect(copy?.data).toEqual(Float32Array.of(1, 2));
  });
});

describe('copyOf', () => {
  it('leaves the neighbours of a view behind', () => {
    const message = new Float32Array([0, 1, 2, 3]);
    const copy = copyOf(named({ x: { dtype: 'FP32', shape: [2], data: message.subarray(1, 3) } }));
    expect(valuesOf(copy, 'x')).toEqual([1, 2]);
    expect(copy.get('x')?.data).toHaveProperty('buffer.byteLength', 8);
  });
});

describe('hasRows', () => {
  it('is false when one output has other rows or none', () => {
    expect(hasRows(named({ y: fp32([2], 1, 2) }), 2)).toBe(true);
    expect(hasRows(named({ y: fp32([2], 1, 2), z: fp32([1], 1) }), 2)).toBe(false);
    expect(hasRows(named({ y: fp32([], 1) }), 1)).toBe(false);
  });
});
