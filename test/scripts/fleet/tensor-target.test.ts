import { Code, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { Payload } from '../../../scripts/src/data/payload.ts';
import type { FleetTarget } from '../../../scripts/src/fleet/fleet-target.ts';
import { createTensorTarget, pipelineFromManifest } from '../../../scripts/src/fleet/tensor-target.ts';

const IMAGE = { width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) } as const;
const OPTIONS = { timeoutMs: 1000, signal: new AbortController().signal };

function manifest(input?: string, output?: string): string {
  const image = { width: 2, height: 1, channels: 'grayscale', normalisation: 'unit', input };
  return JSON.stringify({ preprocess: { image }, postprocess: { classification: { labels: ['a', 'b'], output } } });
}

/** Remembers what it was asked and answers with `json`. */
function answering(json: string, asked: Payload[] = []): FleetTarget {
  return {
    async predict(_spec, payload) {
      asked.push(payload);
      return { kind: 'outputs', version: version(3), outputs: [], json };
    },
    predictImage: () => Promise.reject(new Error('sends no pictures')),
    versions: async () => [],
    async [Symbol.asyncDispose]() {},
  };
}

describe('createTensorTarget', () => {
  it('sends the tensor that the pipeline makes, under the name of the input', async () => {
    const asked: Payload[] = [];
    const target = createTensorTarget(
      answering('{"outputs": [[0.1, 0.9]]}', asked),
      pipelineFromManifest(manifest('x')),
    );
    await target.predictImage({ name: 'm' }, IMAGE, OPTIONS);
    const tensor = { dtype: 'FP32', shape: [1, 1, 2, 1], data: Float32Array.of(0, 1) };
    expect(asked).toEqual([{ kind: 'arrays', tensors: new Map([['x', tensor]]) }]);
  });

  it.each([
    ['columns of one output', '{"outputs": [[0.1, 0.9]]}', undefined],
    ['rows of one output', '{"predictions": [[0.1, 0.9]]}', 'scores'],
    ['columns of several outputs', '{"outputs": {"scores": [[0.1, 0.9]], "names": ["x"]}}', 'scores'],
  ])('reads labels from %s', async (_, json, output) => {
    const target = createTensorTarget(answering(json), pipelineFromManifest(manifest('x', output)));
    expect(await target.predictImage({ name: 'm' }, IMAGE, OPTIONS)).toMatchObject({
      kind: 'labels',
      version: 3,
      predictions: [{ label: 'b', score: 0.9 }],
    });
  });

  it('refuses scores that do not fit the labels', async () => {
    const target = createTensorTarget(answering('{"outputs": [[0.1, 0.2, 0.7]]}'), pipelineFromManifest(manifest('x')));
    await expect(target.predictImage({ name: 'm' }, IMAGE, OPTIONS)).rejects.toMatchObject({
      code: Code.FailedPrecondition,
    });
  });
});

describe('pipelineFromManifest', () => {
  it.each(['', 'null', '{}', '{"preprocess": {}}'])('refuses "%s"', (text) => {
    expect(() => pipelineFromManifest(text)).toThrow(expect.objectContaining({ code: Code.InvalidArgument }));
  });
});
