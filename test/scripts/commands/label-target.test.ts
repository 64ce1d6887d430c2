import { describe, expect, it } from 'vitest';
import { labelAssignment, labelNames } from '../../../scripts/src/commands/label-target.ts';

describe('labelAssignment', () => {
  it('reads a version, and shares of the requests', () => {
    expect(labelAssignment('stable=12')).toEqual({ label: 'stable', version: 12 });
    const weights = new Map([
      [12, 95],
      [13, 0.5],
    ]);
    expect(labelAssignment('canary=12:95,13:0.5%')).toEqual({ label: 'canary', weights });
  });

  it.each([
    ['canary', 'a label and what it stands for'],
    ['canary=', 'a label and what it stands for'],
    ['=13', '"" is no name of a label'],
    ['a/b=13', '"a/b" is no name of a label'],
    ['canary=x', 'a whole number'],
    ['canary=-1', 'a whole number'],
    ['canary=12:0', '"12:0" is no share'],
    ['canary=12:95,13', '"13" is no share'],
    ['canary=12:95,12:5', 'version 12 twice'],
    ['canary=99999999999999999999:1', 'a whole number'],
  ])('refuses %s', (text, problem) => {
    expect(() => labelAssignment(text)).toThrow(problem);
  });
});

describe('labelNames', () => {
  it('reads names between commas', () => {
    expect(labelNames('stable, canary')).toEqual(['stable', 'canary']);
    expect(() => labelNames('stable,,')).toThrow('"" is no name of a label');
  });
});
