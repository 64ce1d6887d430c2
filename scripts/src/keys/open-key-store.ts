import { unimplemented } from '@tensorfleet/core';
import { type KeyPlace, parseKeyPlace } from '@tensorfleet/functions';
import { NEXT_STEP } from '../terminal/fail.ts';
import type { KeyStore } from './key-store.ts';

/** The store at a place, as the gateway's API_KEYS names it. Throws UNIMPLEMENTED for one that is only read. */
export async function openKeyStore(text: string): Promise<KeyStore> {
  const place: KeyPlace = parseKeyPlace(text);
  switch (place.kind) {
    case 'ssm':
      return (await import('./ssm-key-store.ts')).createSsmKeyStore(place.path);
    case 'file':
      return (await import('./file-key-store.ts')).createFileKeyStore(place.path);
    case 'secretsmanager':
      throw unimplemented('keys in Secrets Manager are not changed from here', {
        [NEXT_STEP]: 'change a file with --store file:keys.json and send it: docs/keys.md says how',
      });
  }
}
