import { type IndexedModel, readIndex } from '@tensorfleet/repository';
import type { RepositoryModel } from '../commands/repository-model.ts';
import { withRepository } from './open-repository.ts';

/** What the index of a repository says of a model; undefined when it says nothing, or there is none. */
export async function indexedModel(place: RepositoryModel): Promise<IndexedModel | undefined> {
  const index = await withRepository(place, (store) => readIndex(store));
  return index?.models.get(place.model);
}
