import { type ApiKey, createApiKey, digestOfKey } from '../../../functions/src/authorizer/api-key.ts';
import type { HeaderOf } from '../../../functions/src/authorizer/credential.ts';
import type { KeyRecord } from '../../../functions/src/authorizer/key-document.ts';

/** When all of it plays. */
export const NOW = Date.parse('2026-05-01T12:00:00Z');

/** Keys that are the same in every run. */
export function keyOf(number: number): ApiKey {
  return createApiKey((bytes) => Buffer.alloc(bytes, number));
}

/** The record of these keys, which share an id. */
export function recordOf(keys: readonly [ApiKey, ...ApiKey[]], more: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: keys[0].id,
    name: 'tests',
    secrets: keys.map((key) => ({
      sha256: digestOfKey(key).toString('hex'),
      createdAt: '2026-01-01T00:00:00Z',
    })),
    scopes: [{ models: ['mnist', 'team-*'], actions: ['predict', 'read'] }],
    ...more,
  };
}

export function headersOf(headers: Readonly<Record<string, string>>): HeaderOf {
  return (name) => headers[name];
}
