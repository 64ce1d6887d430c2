import { StatusError, type Version } from '@tensorfleet/core';
import { checkLabel } from '@tensorfleet/repository';
import { InvalidArgumentError } from 'commander';
import { versionNumber } from './version-option.ts';

/** What one argument of `tensorfleet label` says. */
export type LabelAssignment =
  | { readonly label: string; readonly version: Version }
  | { readonly label: string; readonly weights: ReadonlyMap<Version, number> };

const EXAMPLE = 'canary=13, or canary=12:95,13:5 for shares of the requests';

/** For commander: `stable=12` or `canary=12:95,13:5`. */
export function labelAssignment(text: string): LabelAssignment {
  const [, name = '', target = ''] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  if (target === '') {
    throw new InvalidArgumentError(`It must be a label and what it stands for, for example ${EXAMPLE}.`);
  }
  const label = labelName(name);
  return target.includes(':') ? { label, weights: weightsOf(target) } : { label, version: versionNumber(target) };
}

/** For commander: names of labels with commas between them. */
export function labelNames(text: string): readonly string[] {
  return text.split(',').map((name) => labelName(name.trim()));
}

/** For commander. */
export function labelName(text: string): string {
  try {
    checkLabel(text);
    return text;
  } catch (reason) {
    throw new InvalidArgumentError(`${StatusError.from(reason).message}.`);
  }
}

function weightsOf(text: string): ReadonlyMap<Version, number> {
  const weights = new Map<Version, number>();
  for (const share of text.split(',')) {
    const [, number = '', weight = ''] = /^\s*([0-9]+)\s*:\s*([0-9]+(?:\.[0-9]+)?)\s*%?\s*$/.exec(share) ?? [];
    if (number === '' || !(Number(weight) > 0)) {
      throw new InvalidArgumentError(`"${share}" is no share: one is a version, ":" and a number above 0.`);
    }
    if (weights.has(versionNumber(number))) {
      throw new InvalidArgumentError(`It names version ${number} twice.`);
    }
    weights.set(versionNumber(number), Number(weight));
  }
  return weights;
}
