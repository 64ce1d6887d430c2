import type { RepositoryIndex } from '../format/repository-index.ts';
import { setLabel } from './label-edits.ts';
import { type AddVersion, addVersion } from './version-edits.ts';

export interface NameVersion extends AddVersion {
  /** Labels that the version gets in the same change. */
  readonly labels: readonly string[];
}

/** Adds a published version and gives it its labels. Throws like `addVersion` and `setLabel`. */
export function nameVersion(index: RepositoryIndex, { labels, ...added }: NameVersion): RepositoryIndex {
  return labels.reduce((current, label) => setLabel(current, { ...added, label }), addVersion(index, added));
}
