import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { expectSameAnswers, inputsOf } from '../../../../scripts/src/bench/savedmodel/model-inputs.ts';
import type { SideTensor } from '../../../../scripts/src/bench/savedmodel/side-messages.ts';

const output = (...values: number[]): SideTensor => ({
  name: 'y',
  dtype: 'FP32',
  shape: [values.length],
  data: Buffer.from(Float32Array.from(values).buffer).toString('base64'),
});

describe('inputsOf', () => {
  it('makes the same integers below the limit every time, for the whole batch', () => {
    const model = { name: 'm', batches: [], goal: 1, input: { name: 'tokens', shape: [16], below: 3 } };
    const [input] = inputsOf(model, 2);
    const values = new Int32Array(Uint8Array.from(Buffer.from(input?.data ?? '', 'base64')).buffer);
    expect({ ...input, values: new Set(values), data: '' }).toEqual({
      ...{ name: 'tokens', dtype: 'INT32', shape: [2, 16], data: '' },
      values: new Set([0, 1, 2]),
    });
    expect(inputsOf(model, 2)).toEqual([input]);
  });
});

describe('expectSameAnswers', () => {
  it('takes a difference in the last digits', () => {
    expect(() => expectSameAnswers([output(1, 1000)], [output(1.5, 1000.5)])).not.toThrow();
  });

  it.each([
    ['another number', [output(1, 1000)], [output(3, 1000)]],
    ['NaN', [output(Number.NaN)], [output(Number.NaN)]],
    ['another length', [output(1)], [output(1, 1)]],
    ['another name', [output(1)], [{ ...output(1), name: 'z' }]],
    ['an output too many', [output(1)], [output(1), { ...output(1), name: 'z' }]],
    ['no output', [], [output(1)]],
  ])('refuses %s with INTERNAL', (_, ours, theirs) => {
    expect(() => expectSameAnswers(ours, theirs)).toThrow(expect.objectContaining({ code: Code.Internal }));
  });
});
