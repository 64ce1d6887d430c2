import { version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { checkPipeline, publishedLine } from '../../../scripts/src/commands/publish.ts';

const PREPROCESS = { image: { width: 28, height: 28, channels: 'grayscale', normalisation: 'unit' } };

describe('checkPipeline', () => {
  it('takes a manifest without a pipeline, and one that can be read', () => {
    expect(() => checkPipeline({}, 'x')).not.toThrow();
    expect(() => checkPipeline({ preprocess: PREPROCESS }, 'x')).not.toThrow();
  });

  it.each([
    ['preprocess', { preprocess: { image: { ...PREPROCESS.image, width: 0 } } }],
    ['postprocess', { postprocess: { classification: { labels: [] } } }],
  ])('refuses a %s that no gateway could read, naming the directory', (_, manifest) => {
    expect(() => checkPipeline(manifest, 'exported/7')).toThrow(
      'the manifest.json in exported/7 cannot be published: ',
    );
  });
});

describe('publishedLine', () => {
  it('says what was published, its size, its measured error and where', () => {
    const manifest = { format: 1, metrics: { test_error: 0.091 } } as const;
    const published = { model: 'mnist', version: version(2), directory: '/m/mnist/2', bytes: 31_640, manifest };
    expect(publishedLine(published)).toBe('published mnist version 2 (31.6 kB, test error 9.1 %) to /m/mnist/2');
  });
});
