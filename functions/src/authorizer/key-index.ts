import { timingSafeEqual } from 'node:crypto';
import { type ApiKey, digestOfKey } from './api-key.ts';
import { type KeyRecord, MAX_SECRETS } from './key-document.ts';

interface IndexedKey {
  readonly record?: KeyRecord;
  /** MAX_SECRETS of them, whatever the record has. */
  readonly digests: readonly Uint8Array[];
}

/** Records by id, with their hashes as bytes. */
export type KeyIndex = ReadonlyMap<string, IndexedKey>;

export type Verification =
  | { readonly kind: 'good'; readonly record: KeyRecord }
  | { readonly kind: 'unknown' | 'wrong' | 'revoked' | 'expired' };

/** Nobody knows an input of SHA-256 that gives it. */
const NO_DIGEST = new Uint8Array(32);

const NOBODY: IndexedKey = { digests: Array.from({ length: MAX_SECRETS }, () => NO_DIGEST) };

export function createKeyIndex(records: Iterable<KeyRecord>): KeyIndex {
  return new Map(
    Array.from(records, (record) => {
      const digests = record.secrets.map(({ sha256 }): Uint8Array => Buffer.from(sha256, 'hex'));
      return [record.id, { record, digests: [...digests, ...NOBODY.digests].slice(0, MAX_SECRETS) }];
    }),
  );
}

/**
 * Whether the key is good at `nowMs`. Takes the same steps for every key: one hash and MAX_SECRETS comparisons in
 * constant time, whether the id is known or not, the key has one secret or two, and wherever the secret goes wrong.
 * What is the matter beyond that is looked at for keys whose secret is right only.
 */
export function verifyKey(
  index: KeyIndex,
  key: ApiKey,
  nowMs: number,
  equal: (a: Uint8Array, b: Uint8Array) => boolean = timingSafeEqual,
): Verification {
  const digest = digestOfKey(key);
  const { record, digests } = index.get(key.id) ?? NOBODY;
  let isRight = false;
  for (const stored of digests) {
    isRight = equal(digest, stored) || isRight;
  }
  if (record === undefined) {
    return { kind: 'unknown' };
  }
  if (!isRight) {
    return { kind: 'wrong' };
  }
  if (record.revokedAt !== undefined) {
    return { kind: 'revoked' };
  }
  return record.expiresAt !== undefined && Date.parse(record.expiresAt) <= nowMs
    ? { kind: 'expired' }
    : { kind: 'good', record };
}
