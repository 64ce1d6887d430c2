import { basename, dirname } from 'node:path';
import { parseVersion, type Version } from '@tensorfleet/core';
import { INDEX_NAME, isModelName, type ObjectStore } from '@tensorfleet/repository';
import type { Repository } from '../commands/repository-model.ts';
import { withRepository } from './open-repository.ts';

/** What of a repository people mean: all of it, a model, or a version. */
export interface RepositoryPart extends Repository {
  readonly model?: string;
  readonly version?: Version;
}

/**
 * What `<repository>`, `<repository>/<model>` or `<repository>/<model>/<version>` names. Whether the last part is a model
 * shows in the repository itself: below a model there are versions. Rejects with what the store says.
 */
export async function findPart(place: Repository): Promise<RepositoryPart> {
  const [above, name] = split(place.root);
  const version = parseVersion(name);
  const [top, model] = split(above);
  if (version !== undefined && isModelName(model) && isRoot(place, top)) {
    return { kind: place.kind, root: top, model, version };
  }
  if (!(isModelName(name) && isRoot(place, above)) || !(await withRepository(place, hasVersions))) {
    return place;
  }
  return { kind: place.kind, root: above, model: name };
}

/** `s3://` alone is no place. */
function isRoot({ kind }: Repository, root: string): boolean {
  return kind === 'directory' || /^[a-z0-9]+:\/\/[^/]/.test(root);
}

function split(root: string): readonly [above: string, name: string] {
  return [root.includes('://') ? root.slice(0, root.lastIndexOf('/')) : dirname(root), basename(root)];
}

async function hasVersions(store: ObjectStore): Promise<boolean> {
  let found = false;
  for await (const { objects, prefixes } of store.list('', { delimiter: '/' })) {
    if (objects.some(({ key }) => key === INDEX_NAME)) {
      return false;
    }
    found ||= prefixes.some((prefix) => parseVersion(prefix.slice(0, -1)) !== undefined);
  }
  return found;
}
