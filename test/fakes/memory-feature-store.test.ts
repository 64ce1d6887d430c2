import { describe } from 'vitest';
import { describeFeatureStore } from '../contract/feature-store.contract.ts';
import { MemoryFeatureStore } from './memory-feature-store.ts';

describe('MemoryFeatureStore', () => {
  describeFeatureStore(async () => {
    const store = new MemoryFeatureStore();
    return {
      store,
      async put(entities) {
        for (const [key, fields] of Object.entries(entities)) {
          store.put(key, fields);
        }
      },
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  });
});
