import { Code, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../scripts/src/data/dataset.ts';
import { evaluateDataset } from '../../../scripts/src/evaluation/evaluate-dataset.ts';
import type { Answer } from '../../../scripts/src/fleet/answer.ts';
import type { FleetTarget } from '../../../scripts/src/fleet/fleet-target.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

/** Picture i is one pixel of value i, labelled i. */
function dataset(count: number): Dataset {
  return { count, image: (index) => ({ width: 1, height: 1, channels: 1, data: Uint8Array.of(index) }), label: String };
}

/** Reads every picture as `label(pixel)`. */
function target(label: (pixel: number) => string | undefined): FleetTarget {
  return {
    predict: () => Promise.reject(new Error('not asked')),
    versions: () => Promise.reject(new Error('not asked')),
    async predictImage(_spec, image): Promise<Answer> {
      const said = label(image.data[0] ?? 0);
      return said === undefined
        ? { kind: 'outputs', version: version(1), outputs: [], json: '{}' }
        : { kind: 'labels', version: version(1), predictions: [{ label: said, score: 1, top: [] }], json: '{}' };
    },
    async [Symbol.asyncDispose]() {},
  };
}

const OPTIONS = {
  spec: { name: 'mnist' },
  concurrency: 2,
  timeoutMs: 1000,
  clock: new FakeClock(),
  signal: new AbortController().signal,
  onProgress: () => undefined,
};

describe('evaluateDataset', () => {
  it('compares each answer with its own label and begins again after the last picture', async () => {
    const report = await evaluateDataset(
      target((pixel) => (pixel === 1 ? '7' : String(pixel))),
      dataset(3),
      {
        ...OPTIONS,
        requests: 6,
      },
    );
    expect(report).toMatchObject({ requests: 6, answered: 6, misread: 2 });
  });

  it('counts answers without labels as failed', async () => {
    const report = await evaluateDataset(
      target(() => undefined),
      dataset(1),
      { ...OPTIONS, requests: 1 },
    );
    expect(report.failures).toEqual({
      FAILED_PRECONDITION: { count: 1, example: expect.stringContaining('answers without labels') },
    });
  });

  it('refuses an empty data set', async () => {
    await expect(evaluateDataset(target(String), dataset(0), { ...OPTIONS, requests: 1 })).rejects.toMatchObject({
      code: Code.FailedPrecondition,
    });
  });
});
