import { type Version, version } from '@tensorfleet/core';
import type { RepositoryIndex } from '../../../../layers/repository/src/format/repository-index.ts';
import { EMPTY_INDEX } from '../../../../layers/repository/src/format/repository-index.ts';
import { addVersion } from '../../../../layers/repository/src/publish/version-edits.ts';

export const v = (number: number): Version => version(number);

/** The digest of a manifest that stands for this letter or digit. */
export const digest = (letter: string): string => letter.repeat(64);

/** An index of model `m` with these versions. */
export function indexOf(...versions: readonly number[]): RepositoryIndex {
  return versions.reduce(
    (index, each) => addVersion(index, { model: 'm', version: v(each), manifest: digest('a'), bytes: 1, at: 0 }),
    EMPTY_INDEX,
  );
}

/** The index after several changes, made one after the other at the times 1, 2, 3, ... */
export function edited(
  index: RepositoryIndex,
  ...changes: readonly ((index: RepositoryIndex, at: number) => RepositoryIndex)[]
): RepositoryIndex {
  return changes.reduce((current, change, i) => change(current, i + 1), index);
}

export function modelOf(index: RepositoryIndex) {
  const model = index.models.get('m');
  if (model === undefined) {
    throw new Error('the index has no model m');
  }
  return model;
}
