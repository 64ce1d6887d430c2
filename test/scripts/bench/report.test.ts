import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { findingsOf, renderFindings, renderMachine } from '../../../scripts/src/bench/report.ts';
import type { CaseRun } from '../../../scripts/src/bench/run-case.ts';

const PLAIN = picocolors.createColors(false);

const RUN: CaseRun = {
  name: 'serving/mnist/1x1',
  against: 'grpc-js',
  goal: 1,
  ours: [
    { 'requests/s': 300, 'p50 µs': 10 },
    { 'requests/s': 100, 'p50 µs': 20 },
    { 'requests/s': 200, 'p50 µs': 40 },
  ],
  theirs: [
    { 'requests/s': 100, 'p50 µs': 5 },
    { 'requests/s': 100, 'p50 µs': 10 },
    { 'requests/s': 100, 'p50 µs': 10 },
  ],
};

const ALONE: CaseRun = { name: 'resize/nearest/8', against: '-', goal: 1, ours: [{ 'ns/pixel': 1234.5 }], theirs: [] };

describe('findingsOf', () => {
  it('takes the gain of each round, above 1 when ours is better, whichever way the metric points', () => {
    expect(findingsOf(RUN)).toMatchObject([
      { metric: 'requests/s', ours: 200, theirs: 100, gain: { median: 2, min: 1, max: 3 } },
      { metric: 'p50 µs', ours: 20, theirs: 10, gain: { median: 0.5, min: 0.25, max: 0.5 } },
    ]);
  });

  it('has no gain without a comparison', () => {
    expect(findingsOf(ALONE)).toMatchObject([{ ours: 1234.5, theirs: undefined, gain: undefined }]);
  });
});

describe('renderFindings', () => {
  it('shows every metric in a row and names those that lose', () => {
    const lines = renderFindings([...findingsOf(RUN), ...findingsOf(ALONE)], PLAIN).split('\n');
    expect(lines.map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
      'case  metric  ours  theirs  gain  min–max  goal  theirs is',
      'serving/mnist/1x1  requests/s  200  100  2.00×  1.00–3.00  1.00  grpc-js',
      'serving/mnist/1x1  p50 µs  20  10  0.50×  0.25–0.50  1.00  grpc-js',
      'resize/nearest/8  ns/pixel  1,230  -  -  -  -  -',
      '',
      'Losing: serving/mnist/1x1 (p50 µs).',
    ]);
  });

  it('counts a gain below the goal as lost', () => {
    expect(renderFindings(findingsOf({ ...RUN, goal: 2.5 }), PLAIN)).toContain(
      'Losing: serving/mnist/1x1 (requests/s), serving/mnist/1x1 (p50 µs).',
    );
  });

  it('says so when nothing loses', () => {
    expect(renderFindings(findingsOf(ALONE), PLAIN)).toContain('No case loses.');
  });
});

describe('renderMachine', () => {
  it('names processor, cores, load, Node and commit', () => {
    const facts = { cpu: 'A processor', cores: 2, load: 0.25, node: 'v24.0.0', commit: 'abc-dirty' };
    expect(renderMachine(facts)).toBe('A processor, 2 cores, load 0.3 at the start; Node v24.0.0; commit abc-dirty');
  });
});
