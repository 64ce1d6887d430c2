import type { RepositoryModel } from '../../commands/repository-model.ts';
import { withRepository } from '../../repository/open-repository.ts';
import { directoryVersions } from './directory-versions.ts';
import type { PublishedVersions } from './published-versions.ts';
import { storeVersions } from './store-versions.ts';

/** Lets `use` read a model's versions, wherever they are. Rejects with its errors, and with those of opening the place. */
export async function withVersions<T>(
  place: RepositoryModel,
  use: (versions: PublishedVersions) => Promise<T>,
): Promise<T> {
  const { kind, root, model } = place;
  return kind === 'directory'
    ? await use(directoryVersions(root, model))
    : await withRepository(place, (store) => use(storeVersions(store, model)));
}
