import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishRotation, makeKey, revokeKey, startRotation } from '../../scripts/src/keys/key-edits.ts';
import type { KeyStore } from '../../scripts/src/keys/key-store.ts';

const NOW = new Date('2026-05-01T12:00:00Z');

function newRecord(name = 'tests') {
  return makeKey({ name, scopes: [{ models: ['mnist', 'team-*'], actions: ['predict'] }] }, NOW).record;
}

/** What every KeyStore promises. */
export function describeKeyStore(make: () => Promise<{ readonly store: KeyStore } & AsyncDisposable>): void {
  describe('a store of keys', () => {
    let made: { readonly store: KeyStore } & AsyncDisposable;

    beforeEach(async () => {
      made = await make();
    });
    afterEach(async () => {
      await made[Symbol.asyncDispose]();
    });

    const records = async () => (await made.store.list()).map(({ record }) => record);

    it('begins empty, and lists what was added', async () => {
      expect(await records()).toEqual([]);
      const added = [newRecord('a'), newRecord('b')];
      for (const record of added) {
        await made.store.add(record);
      }
      const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
      expect([...(await records())].sort(byId)).toEqual(added.sort(byId));
      expect((await made.store.find(added[0]!.id))?.record).toEqual(added[0]);
      expect(await made.store.find('0'.repeat(12))).toBeUndefined();
      expect(await made.store.find('../x')).toBeUndefined();
    });

    it('lists more keys than a page has', async () => {
      for (let number = 0; number < 23; number++) {
        await made.store.add(newRecord(String(number)));
      }
      expect(await records()).toHaveLength(23);
    });

    it('refuses an id that is taken', async () => {
      const record = newRecord();
      await made.store.add(record);
      await expect(made.store.add({ ...record, name: 'other' })).rejects.toMatchObject({ code: Code.AlreadyExists });
      expect(await records()).toEqual([record]);
    });

    it('goes through the life of a key', async () => {
      await made.store.add(newRecord());
      const change = async (edit: (record: ReturnType<typeof newRecord>) => ReturnType<typeof newRecord>) => {
        const [stored] = await made.store.list();
        await made.store.replace(stored!, edit(stored!.record));
        return (await records())[0]!;
      };
      expect((await change((record) => startRotation(record, NOW).record)).secrets).toHaveLength(2);
      expect((await change(finishRotation)).secrets).toHaveLength(1);
      expect((await change((record) => revokeKey(record, NOW))).revokedAt).toBe(NOW.toISOString());
      const [stored] = await made.store.list();
      await made.store.delete(stored!);
      expect(await records()).toEqual([]);
    });

    it('changes and deletes what was looked at, or nothing', async () => {
      await made.store.add(newRecord());
      const [stored] = await made.store.list();
      await made.store.replace(stored!, { ...stored!.record, name: 'first' });
      const second = { ...stored!.record, name: 'second' };
      await expect(made.store.replace(stored!, second)).rejects.toMatchObject({ code: Code.Aborted });
      await expect(made.store.delete(stored!)).rejects.toMatchObject({ code: Code.Aborted });
      expect(await records()).toMatchObject([{ name: 'first' }]);
    });

    it('does not bring back a key that was deleted meanwhile', async () => {
      await made.store.add(newRecord());
      const [stored] = await made.store.list();
      await made.store.delete(stored!);
      await expect(made.store.replace(stored!, stored!.record)).rejects.toMatchObject({ code: Code.Aborted });
      expect(await records()).toEqual([]);
    });
  });
}
