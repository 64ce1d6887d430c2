import { Code, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { formatIndex, parseIndex } from '../../../../layers/repository/src/format/read-index.ts';

const SHA = 'a'.repeat(64);
const ENTRY = { manifest: SHA, bytes: 7, published: '2026-01-02T03:04:05.000Z' };

function indexOf(model: Readonly<Record<string, unknown>>, name = 'm'): string {
  return JSON.stringify({ format: 1, models: { [name]: model } });
}

const FULL = {
  versions: { 12: ENTRY, 13: ENTRY, 2: ENTRY },
  retired: [1],
  labels: { stable: 12, canary: { 12: 95, 13: 5 } },
  shadow: { version: 13, percent: 10 },
  rollout: {
    label: 'stable',
    baseline: 12,
    candidate: 13,
    steps: [5, 50, 100],
    step_seconds: 600,
    bounds: { window_seconds: 300, min_requests: 100, max_error_rate: 0.01 },
    step: 0,
    step_since: '2026-01-02T03:04:05.000Z',
    state: 'running',
  },
  history: [{ at: '2026-01-02T03:04:05.000Z', version: 13, event: 'published', detail: 'by hand' }],
};

describe('parseIndex', () => {
  it('reads versions ascending, labels, weights, shadow, rollout and history, and formatIndex writes them back', () => {
    const { index, problems } = parseIndex(indexOf(FULL), 'index.json');
    const model = index.models.get('m');
    expect(problems.size).toBe(0);
    expect([...(model?.versions.keys() ?? [])]).toEqual([2, 12, 13]);
    expect(model?.labels.get('canary')).toEqual(
      new Map([
        [12, 95],
        [13, 5],
      ]),
    );
    expect(model).toMatchObject({ shadow: { version: 13, percent: 10 }, rollout: { stepSeconds: 600 } });
    expect(parseIndex(formatIndex(index), 'again').index).toEqual(index);
    expect(JSON.parse(formatIndex(index)).models.m).toEqual(FULL);
  });

  it('reads a shadow that is a number as one of all requests', () => {
    const { index } = parseIndex(indexOf({ versions: { 3: ENTRY }, shadow: 3 }), 'index.json');
    expect(index.models.get('m')?.shadow).toEqual({ version: version(3), percent: 100 });
  });

  it.each([
    ['{', Code.DataLoss, '"index.json" is not JSON'],
    ['[]', Code.InvalidArgument, 'is no index'],
    ['{"format": 2, "models": {}}', Code.InvalidArgument, 'format is 2'],
  ])('refuses %s', (text, code, message) => {
    expect(() => parseIndex(text, 'index.json')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it.each([
    ['a version that is no number', { versions: { '01': ENTRY } }, 'versions.01'],
    ['a digest that is none', { versions: { 1: { ...ENTRY, manifest: 'x' } } }, 'versions.1.manifest is "x"'],
    ['a label on a missing version', { versions: {}, labels: { stable: 4 } }, 'name version 4'],
    ['weights of nothing', { versions: {}, labels: { stable: {} } }, 'labels.stable'],
    ['an unknown key', { versions: {}, colour: 'red' }, 'colour'],
    ['no object', null, 'it is null'],
  ])('leaves out a model with %s and says why', (_, model, problem) => {
    const text = JSON.stringify({ format: 1, models: { bad: model, good: { versions: { 1: ENTRY } } } });
    const { index, problems } = parseIndex(text, 'index.json');
    expect([...index.models.keys()]).toEqual(['good']);
    expect(problems.get('bad')).toContain(problem);
  });

  it.each(['..', 'a/b', '.hidden', '__proto__'])('never takes the name %j for another one', (name) => {
    const { index, problems } = parseIndex(indexOf({ versions: { 1: ENTRY } }, name), 'index.json');
    expect([...index.models.keys(), ...problems.keys()].filter((each) => each !== name)).toEqual([]);
  });
});
