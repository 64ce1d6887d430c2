import { type ObjectStore, openObjectStore } from '@tensorfleet/repository';
import type { Repository } from '../commands/repository-model.ts';
import { storeEnvironment } from '../config.ts';
import { withRepositoryStep } from './repository-errors.ts';

/**
 * Lets `use` work on a repository's objects and closes it. Rejects with the errors of `use`, with what to do about them
 * where that is known.
 */
export async function withRepository<T>(place: Repository, use: (store: ObjectStore) => Promise<T>): Promise<T> {
  try {
    const store = await openObjectStore(place.root, { environment: storeEnvironment() });
    try {
      return await use(store);
    } finally {
      store.close();
    }
  } catch (reason) {
    throw withRepositoryStep(reason, place);
  }
}
