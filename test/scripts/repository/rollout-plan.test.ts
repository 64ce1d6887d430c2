import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isBounded, readRolloutPlan, rolloutPlan } from '../../../scripts/src/repository/rollout-plan.ts';

async function file(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tensorfleet-rollout-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'rollout.yaml'), text);
  return join(folder, 'rollout.yaml');
}

const YAML = `
label: live
steps: [5, 100]
every: 90s
bounds: { window: 1h, min_requests: 7, max_error_rate: 0.01, max_p99_ratio: 1.5, max_p99_ms: 50, max_disagreement: 0.1 }
`;

describe('readRolloutPlan', () => {
  it('reads what a file says', async () => {
    expect(await readRolloutPlan(await file(YAML), {})).toEqual({
      ...{ label: 'live', steps: [5, 100], stepSeconds: 90 },
      bounds: {
        ...{ windowSeconds: 3600, minRequests: 7, maxErrorRate: 0.01 },
        ...{ maxP99Ratio: 1.5, maxP99Ms: 50, maxDisagreement: 0.1 },
      },
    });
  });

  it('lets flags overrule a file, bound by bound', async () => {
    const plan = await readRolloutPlan(await file(YAML), { steps: [1, 100], bounds: { max_error_rate: 0.5 } });
    expect(plan).toMatchObject({ steps: [1, 100], stepSeconds: 90, bounds: { maxErrorRate: 0.5, maxP99Ms: 50 } });
  });

  it('has defaults for all but the steps', () => {
    const bounds = { windowSeconds: 300, minRequests: 100 };
    expect(rolloutPlan({}, { steps: [100] }, 'x')).toEqual({ label: 'stable', steps: [100], stepSeconds: 600, bounds });
  });

  it.each([
    ['{', 'is not YAML'],
    ['[]', 'is no rollout'],
    ['steps: [5, 100]\nstep: 3', 'Unrecognized key: "step"'],
    ['steps: []', 'steps is a list of 0'],
    ['steps: [100]\nevery: 10', 'every is 10'],
    ['steps: [100]\nevery: soon', 'for example 90s or 10m'],
    ['steps: [100]\nbounds: { max_error_rate: 2 }', 'bounds.max_error_rate is 2'],
    ['every: 10m', 'steps is missing'],
  ])('refuses %s', async (text, problem) => {
    await expect(readRolloutPlan(await file(text), {})).rejects.toThrow(problem);
  });
});

describe('isBounded', () => {
  it('tells whether anything makes the rollout go back', () => {
    expect(isBounded(rolloutPlan({}, { steps: [100], bounds: { window: '1m' } }, 'x'))).toBe(false);
    expect(isBounded(rolloutPlan({}, { steps: [100], bounds: { max_p99_ms: 9 } }, 'x'))).toBe(true);
  });
});
