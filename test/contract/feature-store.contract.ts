import { unavailable } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeatureStore } from '../../functions/src/gateway/features/feature-store.ts';

/** Fields by key; every value is text. */
export type StoredEntities = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A store without entities, and how they come into it. */
export interface FeatureStoreFixture extends AsyncDisposable {
  readonly store: FeatureStore;
  put(entities: StoredEntities): Promise<void>;
}

/** Characters that mean something to stores. */
const ODD_KEYS = ['a b', 'user:*', 'größe-模型-𝒳', 'quote\'"\\', 'line\r\n$1', '{brace}', '__proto__', '#0,:v'];
const ODD_FIELDS = { 'a.b': '1', '#0': '2', constructor: '3', 'with space': '4', größe: '5', select: '6' };
/** More than stores take at a time. */
const MANY = 250;

/** What every FeatureStore promises. */
export function describeFeatureStore(make: () => Promise<FeatureStoreFixture>): void {
  describe('as a FeatureStore', () => {
    let fixture: FeatureStoreFixture;

    beforeAll(async () => {
      fixture = await make();
      await fixture.put({ 'user:1': { age: '31', name: 'Ada' }, 'user:2': { age: '0.5' } });
    });
    afterAll(async () => {
      await fixture[Symbol.asyncDispose]();
    });

    const fieldsOf = async (
      keys: readonly string[],
      fields: readonly string[],
      signal = new AbortController().signal,
    ): Promise<unknown> => {
      const found = await fixture.store.getMany(keys, fields, { signal });
      return found.map((entity) => Object.fromEntries(entity));
    };

    it('finds the fields that are asked for, in the order of the keys', async () => {
      expect(await fieldsOf(['user:2', 'user:1'], ['age'])).toEqual([{ age: '0.5' }, { age: '31' }]);
    });

    it('leaves out what is not there', async () => {
      const found = await fieldsOf(['user:2', 'user:3'], ['name', 'age', 'toString']);
      expect(found).toEqual([{ age: '0.5' }, {}]);
    });

    it('finds nothing for no keys', async () => {
      expect(await fieldsOf([], ['age'])).toEqual([]);
    });

    it('takes any key and any field', async () => {
      await fixture.put(
        Object.fromEntries(ODD_KEYS.map((key, index) => [key, { ...ODD_FIELDS, index: String(index) }])),
      );
      const found = await fieldsOf(ODD_KEYS, [...Object.keys(ODD_FIELDS), 'index']);
      expect(found).toEqual(ODD_KEYS.map((_, index) => ({ ...ODD_FIELDS, index: String(index) })));
    });

    it('takes many keys at a time', async () => {
      const keys = Array.from({ length: MANY }, (_, index) => `many:${index}`);
      await fixture.put(Object.fromEntries(keys.map((key) => [key, { key }])));
      expect(await fieldsOf([...keys, 'many:none'], ['key'])).toEqual([...keys.map((key) => ({ key })), {}]);
    });

    it('rejects when the signal has aborted, and answers the next lookup', async () => {
      const signal = AbortSignal.abort(unavailable('too late'));
      await expect(fieldsOf(['user:1'], ['age'], signal)).rejects.toThrow();
      expect(await fieldsOf(['user:1'], ['age'])).toEqual([{ age: '31' }]);
    });
  });
}
