import { createHash } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { alreadyExists, Code, diskError, failedPrecondition, isSystemError, StatusError } from '@tensorfleet/core';
import { formatKeyDocument, type KeyRecord, parseKeyDocument } from '@tensorfleet/functions';
import type { KeyStore, StoredKey } from './key-store.ts';

/** For its owner alone: hashes are no keys, but names and scopes are nobody's business. */
const MODE = 0o600;

/** One JSON document with all keys. Changes are made behind a lock, and appear whole; a first key makes the file. */
export function createFileKeyStore(path: string): KeyStore {
  const read = async (): Promise<readonly KeyRecord[]> => {
    try {
      return parseKeyDocument(await readFile(path, 'utf8'), path);
    } catch (reason) {
      if (isSystemError(reason, 'ENOENT')) {
        return [];
      }
      throw diskError(reason, path);
    }
  };
  const change = async (edit: (records: readonly KeyRecord[]) => readonly KeyRecord[]): Promise<void> => {
    await locked(path, async (temporary) => {
      const text = formatKeyDocument(edit(await read()));
      const file = await open(temporary, 'w', MODE);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    });
  };
  return {
    list: async () => (await read()).map(stored),
    find: async (id) => (await read()).map(stored).find(({ record }) => record.id === id),
    add: (record) =>
      change((records) => {
        if (records.some(({ id }) => id === record.id)) {
          throw alreadyExists(`key ${record.id} exists already`);
        }
        return [...records, record];
      }),
    replace: (old, record) =>
      change((records) => {
        requireUnchanged(records, old);
        return records.map((each) => (each.id === record.id ? record : each));
      }),
    delete: (old) =>
      change((records) => {
        requireUnchanged(records, old);
        return records.filter(({ id }) => id !== old.record.id);
      }),
  };
}

function stored(record: KeyRecord): StoredKey {
  return { record, revision: createHash('sha256').update(JSON.stringify(record)).digest('hex') };
}

function requireUnchanged(records: readonly KeyRecord[], { record: { id }, revision }: StoredKey): void {
  const now = records.find((record) => record.id === id);
  if (now === undefined || stored(now).revision !== revision) {
    throw new StatusError(Code.Aborted, `key ${id} was changed by somebody else meanwhile; nothing was written`);
  }
}

async function locked(path: string, work: (temporary: string) => Promise<void>): Promise<void> {
  const lock = `${path}.lock`;
  try {
    await (await open(lock, 'wx', MODE)).close();
  } catch (reason) {
    throw isSystemError(reason, 'EEXIST')
      ? failedPrecondition(`${lock} exists: another command is changing the keys, or was killed while it did`)
      : diskError(reason, lock);
  }
  const temporary = `${path}.new`;
  try {
    await work(temporary);
  } catch (reason) {
    await rm(temporary, { force: true });
    throw StatusError.is(reason) ? reason : diskError(reason, path);
  } finally {
    await rm(lock, { force: true });
  }
}
