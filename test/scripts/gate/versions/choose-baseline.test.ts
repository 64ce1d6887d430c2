import { Code, type Version, version } from '@tensorfleet/core';
import type { LabelTarget } from '@tensorfleet/repository';
import { describe, expect, it } from 'vitest';
import type { GateConfig } from '../../../../scripts/src/gate/gate-config.ts';
import { chooseBaseline } from '../../../../scripts/src/gate/versions/choose-baseline.ts';

const VERSIONS = [1, 2, 3].map(version);

function choose(
  wanted: GateConfig['baseline'],
  labels: Readonly<Record<string, LabelTarget>>,
  versions = VERSIONS,
): Version | undefined {
  return chooseBaseline(wanted, 'mnist', { versions, labels: new Map(Object.entries(labels)) });
}

describe('chooseBaseline', () => {
  it.each<[string, GateConfig['baseline'], Readonly<Record<string, LabelTarget>>, number | undefined]>([
    ['what the label stable names', 'stable', { stable: version(2), canary: version(3) }, 2],
    [
      'of several versions the one with most requests',
      'stable',
      {
        stable: new Map([
          [version(1), 95],
          [version(3), 5],
        ]),
      },
      1,
    ],
    ['the highest without that label', 'stable', { canary: version(1) }, 3],
    ['the highest', 'latest', { stable: version(2) }, 3],
    ['a number', version(1), {}, 1],
    ['nothing', 'none', { stable: version(2) }, undefined],
  ])('is %s', (_, wanted, labels, expected) => {
    expect(choose(wanted, labels)).toBe(expected);
  });

  it.each(['stable', 'latest', 'none'] as const)('is nothing for %s of a model without versions', (wanted) => {
    expect(choose(wanted, {}, [])).toBeUndefined();
  });

  it('refuses a number that the model does not have', () => {
    expect(() => choose(version(7), {})).toThrow(
      expect.objectContaining({
        code: Code.NotFound,
        message: 'the gate\'s baseline is version 7, model "mnist" has 1, 2, 3',
      }),
    );
  });
});
