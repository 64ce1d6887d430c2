import { unimplemented } from '@tensorfleet/core';
import type { ObjectStore, StoreObserver } from './object-store.ts';
import type { GcsSettings } from './store-settings.ts';

export function createGcsStore(
  { bucket }: { readonly bucket: string; readonly prefix: string },
  _settings: GcsSettings,
  _observer: StoreObserver,
): ObjectStore {
  throw unimplemented(`"gs://${bucket}" cannot be opened yet`);
}
