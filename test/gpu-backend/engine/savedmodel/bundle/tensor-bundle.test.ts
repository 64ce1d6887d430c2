import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../../../gpu-backend/src/engine/savedmodel/bundle/tensor-bundle.ts';
import { EXPECTED, type ExpectedTensor, variablesDirectory } from '../golden-models.ts';

/** Names of numpy's dtypes. */
const DTYPES: Readonly<Record<string, string>> = {
  bool: 'BOOL',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  float16: 'FP16',
  bfloat16: 'BF16',
  float32: 'FP32',
  float64: 'FP64',
  string: 'STRING',
};

function readAll(name: string): Record<string, ExpectedTensor> {
  using checkpoint = openCheckpoint(variablesDirectory(name));
  const keys = [...checkpoint.entries.keys()].filter((key) => key !== '_CHECKPOINTABLE_OBJECT_GRAPH');
  return Object.fromEntries(
    keys.map((key) => {
      const { dtype, shape, data } = checkpoint.read(key);
      const bytes = Array.isArray(data)
        ? data.map((one: Uint8Array) => Buffer.from(one).toString('base64'))
        : Buffer.from((data as Uint8Array).buffer).toString('hex');
      return [key, { dtype, shape, data: bytes }];
    }),
  );
}

describe.each(Object.keys(EXPECTED))('openCheckpoint of %s', (name) => {
  it('reads the tensors that TensorFlow reads', () => {
    const expected = Object.entries(EXPECTED[name]!.checkpoint)
      .filter(([, { dtype }]) => dtype in DTYPES)
      .map(([key, tensor]) => [key, { ...tensor, dtype: DTYPES[tensor.dtype] }]);

    expect(readAll(name)).toEqual(Object.fromEntries(expected));
  });
});
