import type { KeyRecord } from '@tensorfleet/functions';

/** A record as it was read. */
export interface StoredKey {
  readonly record: KeyRecord;
  /** Which state of the record it is: changes are made to the state that was looked at, or not at all. */
  readonly revision: string;
}

/** Where the records of API keys are kept, for whoever administers them. */
export interface KeyStore {
  /** All records, by id. Rejects with INVALID_ARGUMENT when one is broken. */
  list(): Promise<readonly StoredKey[]>;
  /** The record of this id, whatever the others are like; undefined where there is none. */
  find(id: string): Promise<StoredKey | undefined>;
  /** Puts a new record there. Rejects with ALREADY_EXISTS when its id is taken. */
  add(record: KeyRecord): Promise<void>;
  /** Replaces what `stored` was read as. Rejects with ABORTED when it is not so any more. */
  replace(stored: StoredKey, record: KeyRecord): Promise<void>;
  /** Deletes what `stored` was read as. Rejects with ABORTED when it is not so any more. */
  delete(stored: StoredKey): Promise<void>;
}
