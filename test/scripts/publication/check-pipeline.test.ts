import { describe, expect, it } from 'vitest';
import { checkPipeline } from '../../../scripts/src/publication/check-pipeline.ts';

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
