import { version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { publishedLine } from '../../../scripts/src/publication/render-published.ts';

describe('publishedLine', () => {
  it('says what was published, its size, its measured error and where', () => {
    const metrics = { test_error: 0.091 };
    const published = {
      model: 'mnist',
      version: version(2),
      place: '/m/mnist/2',
      bytes: 31_640,
      metrics,
      wasThere: false,
      labels: [],
    };
    expect(publishedLine(published)).toBe('published mnist version 2 (31.6 kB, test error 9.1 %) to /m/mnist/2');
  });
});
