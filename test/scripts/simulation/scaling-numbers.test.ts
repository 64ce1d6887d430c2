import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { resolveBatchPolicy } from '../../../gpu-backend/src/index.ts';
import { CANDIDATES, CHOSEN } from '../../../scripts/src/simulation/candidates.ts';
import { readScalingNumbers } from '../../../scripts/src/simulation/scaling-numbers.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

describe('infra/scaling.yml', () => {
  test('has every number in its bounds, and none that nobody reads', () => {
    expect(readScalingNumbers).not.toThrow();
  });

  test('is what the simulation is run with', () => {
    expect(CANDIDATES.filter(({ name }) => name === CHOSEN)).toHaveLength(1);
  });

  test('scales out long before the server refuses', () => {
    expect(readScalingNumbers().signal.target_ms).toBeLessThanOrEqual(resolveBatchPolicy().targetLatencyMs / 4);
  });

  test('is what the fleet stack has by default', () => {
    const text = readFileSync(resolve(ROOT, 'infra/aws/fleet/serverless.yml'), 'utf8');
    const { params } = parse(text) as { readonly params: { readonly default: Readonly<Record<string, unknown>> } };
    const { min, max } = readScalingNumbers().tasks;
    expect([params.default['minTasks'], params.default['maxTasks']].map(resolved)).toEqual([min, max]);
  });
});

/** A number, or a reference to the one in this file. */
function resolved(value: unknown): unknown {
  const { tasks } = readScalingNumbers();
  const key = /scaling.*tasks\.(min|max)/.exec(String(value))?.[1];
  return key === 'min' ? tasks.min : key === 'max' ? tasks.max : value;
}
