import type { ObjectStore, StoreObserver } from './object-store.ts';
import { readGcsSettings, readS3Settings, type StoreEnvironment } from './store-settings.ts';
import { parseStoreUrl } from './store-url.ts';

export interface OpenStoreOptions {
  /** Where settings and credentials are found: `readS3Settings` and `readGcsSettings` list the variables. */
  readonly environment: StoreEnvironment;
  /** Told of every request to a store of objects, retries included; a directory makes none. */
  readonly observer?: StoreObserver;
}

/**
 * The store of `s3://bucket/prefix`, `gs://bucket/prefix`, `file:///path` or a path. Amazon's and Google's libraries are
 * loaded when the first such URL is opened. Nothing is asked of the store yet, so it need not be there.
 *
 * Rejects with INVALID_ARGUMENT for a URL or a setting that is wrong.
 */
export async function openObjectStore(
  url: string,
  { environment, observer = () => undefined }: OpenStoreOptions,
): Promise<ObjectStore> {
  const place = parseStoreUrl(url);
  switch (place.kind) {
    case 's3': {
      const { createS3Store } = await import('./s3-store.ts');
      return await createS3Store(place, readS3Settings(environment), observer);
    }
    case 'gs': {
      const { createGcsStore } = await import('./gcs-store.ts');
      return createGcsStore(place, readGcsSettings(environment), observer);
    }
    case 'directory': {
      const { DirectoryStore } = await import('./directory-store.ts');
      return new DirectoryStore(place.path);
    }
  }
}
