import { Code, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../../../gpu-backend/src/engine/onnx-engine.ts';
import { mayLoop } from '../../../gpu-backend/src/engine/onnx-graph.ts';
import { CPU, describeEngine } from '../../contract/engine.contract.ts';
import { modelPath, ONNX_DTYPES, onnxArtifact } from '../../support/model-files.ts';
import { int64, named } from '../../support/tensors.ts';

describeEngine('onnxEngine', {
  engine: onnxEngine,
  halfPlusTwo: onnxArtifact('half_plus_two'),
  addSub: onnxArtifact('add_sub'),
  identity: new Map(ONNX_DTYPES.map((dtype) => [dtype, onnxArtifact(`identity_${dtype.toLowerCase()}`)])),
  broken: [onnxArtifact('truncated'), onnxArtifact('missing'), onnxArtifact('identity_bf16')],
});

describe('onnxEngine', () => {
  it('answers INVALID_ARGUMENT when a kernel refuses the values, and runs the next call', async () => {
    await using session = await onnxEngine.load(onnxArtifact('identity_string'), CPU);
    const bad = named({ x: tensor('STRING', [1, 1], [Uint8Array.of(0xff)]) });
    const good = named({ x: tensor('STRING', [1, 1], [Uint8Array.of(0x61)]) });
    await expect(session.run('serving_default', bad)).rejects.toMatchObject({ code: Code.InvalidArgument });
    await expect(session.run('serving_default', good)).resolves.toEqual(new Map([['y', good.get('x')]]));
  });

  it('counts down as often as it is told', async () => {
    await using session = await onnxEngine.load(onnxArtifact('countdown'), CPU);
    const outputs = await session.run('serving_default', named({ steps: int64([1], 3n) }));
    expect(outputs.get('total')?.data).toEqual(Float32Array.of(3));
  });
});

describe('mayLoop', () => {
  it.each([
    { name: 'countdown', expected: true },
    { name: 'half_plus_two', expected: false },
  ])('of $name is $expected', async ({ name, expected }) => {
    await expect(mayLoop(modelPath(name))).resolves.toBe(expected);
  });
});
