import { failedPrecondition } from '@tensorfleet/core';
import { type ApiKey, createApiKey, digestOfKey, type KeyRecord, MAX_SECRETS } from '@tensorfleet/functions';
import { NEXT_STEP } from '../terminal/fail.ts';

/** A key that exists nowhere else, and the record by which it will be known. */
export interface MadeKey {
  readonly key: ApiKey;
  readonly record: KeyRecord;
}

type Secret = KeyRecord['secrets'][number];

function secretOf(key: ApiKey, now: Date): Secret {
  return { sha256: digestOfKey(key).toString('hex'), createdAt: now.toISOString() };
}

/** A new key with a random id and secret. */
export function makeKey(about: Omit<KeyRecord, 'id' | 'secrets'>, now: Date, key = createApiKey()): MadeKey {
  return { key, record: { id: key.id, ...about, secrets: [secretOf(key, now)] } };
}

/** A second secret beside the first: both are good until `finishRotation`. Throws FAILED_PRECONDITION where two are. */
export function startRotation(record: KeyRecord, now: Date, key = createApiKey(undefined, record.id)): MadeKey {
  refuseRevoked(record);
  if (record.secrets.length >= MAX_SECRETS) {
    throw failedPrecondition(`key ${record.id} has ${MAX_SECRETS} live secrets already`, {
      [NEXT_STEP]: '"tensorfleet keys rotate --finish" removes the older one',
    });
  }
  return { key, record: { ...record, secrets: [...record.secrets, secretOf(key, now)] } };
}

/** The newer secret alone. Throws FAILED_PRECONDITION where there is only one. */
export function finishRotation(record: KeyRecord): KeyRecord {
  const newest = record.secrets.at(-1);
  if (newest === undefined || record.secrets.length < MAX_SECRETS) {
    throw failedPrecondition(`key ${record.id} is not being rotated, it has one live secret`);
  }
  return { ...record, secrets: [newest] };
}

/** Refused for good. Throws FAILED_PRECONDITION for a key that is revoked. */
export function revokeKey(record: KeyRecord, now: Date): KeyRecord {
  refuseRevoked(record);
  return { ...record, revokedAt: now.toISOString() };
}

function refuseRevoked({ id, revokedAt }: KeyRecord): void {
  if (revokedAt !== undefined) {
    throw failedPrecondition(`key ${id} is revoked since ${revokedAt}`);
  }
}
