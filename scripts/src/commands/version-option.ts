import { type Version, version } from '@tensorfleet/core';
import { InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from '../flags.ts';

/** A parser of version numbers, for commander. */
export function versionNumber(text: string): Version {
  return version(wholeNumber(0, Number.MAX_SAFE_INTEGER)(text));
}

/** Of commands that are about one version. */
export function versionOption(description: string): Option {
  return new Option('--version <n>', description).argParser(versionNumber).makeOptionMandatory();
}

/** For `publish`. */
export function nextOrVersion(text: string): Version | 'next' {
  if (text === 'next') {
    return text;
  }
  try {
    return versionNumber(text);
  } catch {
    throw new InvalidArgumentError('It must be "next" or a whole number.');
  }
}
