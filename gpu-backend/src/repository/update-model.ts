import { failedPrecondition } from '@tensorfleet/core';
import { EMPTY_INDEX, INDEX_NAME, type ObjectStore, updateIndex } from '@tensorfleet/repository';
import type { IndexChange } from './model-repository.ts';

export interface UpdateModel {
  readonly store: ObjectStore;
  /** As it is served. */
  readonly model: string;
  /** As the index calls it. */
  readonly name: string;
  readonly change: IndexChange;
}

/** As `ModelRepository.update`, in the index at the root of a store. */
export async function updateModel({ store, model, name, change }: UpdateModel): Promise<boolean> {
  const { changed } = await updateIndex(store, (index) => {
    if (index === EMPTY_INDEX) {
      throw failedPrecondition(`model "${model}" is not changed: there is no "${store.url}/${INDEX_NAME}"`, { model });
    }
    return change(index, name);
  });
  return changed;
}
