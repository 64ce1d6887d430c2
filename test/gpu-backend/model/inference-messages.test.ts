import { type AnyTensor, type NamedTensors, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { packStrings } from '../../../gpu-backend/src/model/inference-messages.ts';
import { fp32, named, strings } from '../../support/tensors.ts';

const data = (tensors: NamedTensors): readonly Uint8Array[] => tensors.get('s')?.data as readonly Uint8Array[];

describe('packStrings', () => {
  it('copies views of a large buffer together, so that a clone does not take the buffer', () => {
    const message = new Uint8Array(1_000).map((_, at) => at);
    const views = [message.subarray(10, 12), message.subarray(3, 3), message.subarray(500, 503)];
    const packed = packStrings(named({ s: tensor('STRING', [3], views) as AnyTensor, x: fp32([1], 2) }));

    expect(packed).toEqual(
      named({
        s: tensor(
          'STRING',
          [3],
          views.map((view) => view.slice()),
        ) as AnyTensor,
        x: fp32([1], 2),
      }),
    );
    expect(data(packed).map(({ buffer }) => buffer.byteLength)).toEqual([5, 5, 5]);
  });

  it('leaves strings alone that are most of what is behind them', () => {
    const message = new Uint8Array(100);
    const s = tensor('STRING', [2], [message.subarray(0, 40), message.subarray(50, 90)]) as AnyTensor;

    expect(data(packStrings(named({ s })))[0]?.buffer).toBe(message.buffer);
  });

  it('takes a tensor without strings', () => {
    expect(packStrings(named({ s: strings([0]) }))).toEqual(named({ s: strings([0]) }));
  });
});
