import { type AnyTensor, type DType, zeros } from '@tensorfleet/core';
import { type FeatureValue, writeFeature } from '@tensorfleet/preprocess';
import { describe, expect, it } from 'vitest';

/** The elements that a value becomes, or what is wrong with it. */
function elementsOf(dtype: DType, size: number, value: FeatureValue): unknown {
  const target = zeros(dtype, [size]) as AnyTensor;
  const problem = writeFeature(target, 0, size, value);
  return (
    problem ??
    (target.dtype === 'STRING' ? target.data.map((bytes) => Buffer.from(bytes).toString()) : [...target.data])
  );
}

describe('writeFeature', () => {
  it.each<readonly [DType, FeatureValue, unknown]>([
    ['FP32', '0.5', 0.5],
    ['FP32', ' -1e3 ', -1000],
    ['FP64', '.25', 0.25],
    ['FP16', '2', 2],
    ['BF16', '1', 0x3f80],
    ['BOOL', 'true', 1],
    ['BOOL', '0', 0],
    ['INT8', '-128', -128],
    ['UINT8', '255', 255],
    ['INT32', '7.0', 7],
    ['INT64', '9007199254740993', 9007199254740993n],
    ['INT64', '3.0', 3n],
    ['UINT64', '18446744073709551615', 18446744073709551615n],
    ['STRING', 'länge', 'länge'],
    ['STRING', '[1]', '[1]'],
    ['STRING', new Uint8Array([0x61]), 'a'],
    ['FP32', ['1.5'], 1.5],
    ['FP32', '[1.5]', 1.5],
  ])('%s takes %j', (dtype, value, element) => {
    expect(elementsOf(dtype, 1, value)).toEqual([element]);
  });

  it.each<readonly [DType, FeatureValue, string]>([
    ['FP32', '', 'is a text of 0 characters, and no FP32'],
    ['FP32', 'NaN', 'is a text of 3 characters, and no FP32'],
    ['FP32', 'Infinity', 'and no FP32'],
    ['FP32', '1e39', 'and no FP32'],
    ['FP16', '70000', 'and no FP16'],
    ['BF16', '1e39', 'and no BF16'],
    ['FP64', '0x10', 'and no FP64'],
    ['FP64', '1_000', 'and no FP64'],
    ['FP64', 'constructor', 'and no FP64'],
    ['BOOL', 'yes', 'and no BOOL'],
    ['INT8', '128', 'and no INT8'],
    ['INT32', '1.5', 'and no INT32'],
    ['UINT32', '-1', 'and no UINT32'],
    ['INT64', '9223372036854775808', 'and no INT64'],
    ['UINT64', '-1', 'and no UINT64'],
    ['FP32', new Uint8Array(4), 'is 4 bytes, and no FP32'],
    ['FP32', [['1']], 'has element 0, which is a list of 1, and no FP32'],
    ['FP32', [], 'is a list of 0, not of 1'],
    ['FP32', '1'.repeat(5000), 'is a text of 5000 characters'],
    ['STRING', [['a']], 'has element 0, which is a list of 1, and no STRING'],
  ])('%s refuses %j', (dtype, value, problem) => {
    expect(elementsOf(dtype, 1, value)).toContain(problem);
  });

  it.each<readonly [DType, FeatureValue, unknown]>([
    ['FP32', ['1', '2'], [1, 2]],
    ['FP32', '[1, 2.5]', [1, 2.5]],
    ['BOOL', '[true, false]', [1, 0]],
    ['STRING', '["a", "b"]', ['a', 'b']],
    ['FP32', '[1, 2, 3]', 'is a list of 3, not of 2'],
    ['FP32', '1', 'is a text of 1 characters, and no list of 2'],
    ['FP32', '{"0": 1, "1": 2}', 'is a text of 16 characters, and no list of 2'],
    ['FP32', '[1, null]', 'has element 1, which is a list of 0, and no FP32'],
    ['FP32', '[1, [2]]', 'has element 1, which is a list of 0, and no FP32'],
    ['INT64', '[1, 9007199254740993]', 'has element 1, which is a list of 0, and no INT64'],
    ['FP32', `[${'0,'.repeat(600_000)}0]`, 'is a text of 1200003 characters, and no list of 2'],
  ])('two elements of %s: %j', (dtype, value, elements) => {
    expect(elementsOf(dtype, 2, value)).toEqual(elements);
  });

  it('leaves the elements beside its own alone', () => {
    const target = zeros('FP32', [4]) as AnyTensor;
    expect(writeFeature(target, 1, 2, ['1', '2'])).toBeUndefined();
    expect([...target.data]).toEqual([0, 1, 2, 0]);
  });
});
