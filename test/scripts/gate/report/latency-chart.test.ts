import { describe, expect, it } from 'vitest';
import { histogramOf } from '../../../../scripts/src/gate/findings/histogram.ts';
import { latencyChart } from '../../../../scripts/src/gate/report/latency-chart.ts';

const NAMES = { candidate: 'version 3', baseline: 'version 2' };

function chart(candidate: readonly number[], baseline: readonly number[]): string {
  const latencies = histogramOf({ candidate, baseline }, 4) ?? expect.fail('no latencies');
  return latencyChart({
    latencies,
    p99: { candidate: candidate.at(-1), baseline: baseline.at(-1) },
    names: NAMES,
  }).toString();
}

describe('latencyChart', () => {
  it('draws a bar per bin that holds something, as high as its share', () => {
    const bars = /class="candidate-bars" d="([^"]*)"/.exec(chart([1, 1, 1, 100], []))?.[1];
    expect(bars).toBe('M48.5 212V56.4H211.5V212ZM540.5 212V160.1H703.5V212Z');
  });

  it('says in words what it shows', () => {
    const text = chart([1, 20], [1, 30.44]);
    expect(text).toContain('<title id="latency-title">Latency of the answered requests</title>');
    expect(text).toContain(
      'version 3: 99 % of the answers within 20 ms. version 2: 99 % of the answers within 30.4 ms.',
    );
  });

  it('leaves out a serving version that was not asked', () => {
    expect(chart([1, 2], [])).not.toContain('baseline-line');
    expect(chart([1, 2], [1, 2])).toContain('baseline-line');
  });

  it('marks round latencies between the edges', () => {
    const marks = Array.from(chart([0.9, 60], []).matchAll(/text-anchor="middle">([0-9.]+)</g), ([, mark]) => mark);
    expect(marks).toEqual(['1', '2', '5', '10', '20', '50']);
  });

  it.each([
    ['one request', [5], []],
    ['requests that took no time', [0, 0], [0]],
    ['all in one bin', [1, 1, 1], [1]],
    ['a very slow one', [1, 1e6], [1]],
  ])('has places for %s that are numbers inside the picture', (_, candidate, baseline) => {
    const text = chart(candidate, baseline);
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
    for (const [, x = ''] of text.matchAll(/ x="([^"]*)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x)).toBeLessThanOrEqual(720);
    }
  });
});
