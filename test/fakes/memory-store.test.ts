import { describe } from 'vitest';
import { describeObjectStore } from '../contract/object-store.contract.ts';
import { MemoryStore } from './memory-store.ts';

describe('MemoryStore', () => {
  describeObjectStore(async () => ({ store: new MemoryStore(), [Symbol.asyncDispose]: async () => undefined }));
});
