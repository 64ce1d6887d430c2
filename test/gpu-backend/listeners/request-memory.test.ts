import { unavailable } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { RequestMemory } from '../../../gpu-backend/src/listeners/request-memory.ts';

describe('RequestMemory', () => {
  it('gives out exactly its limit, over all shares', () => {
    const memory = new RequestMemory(10);
    const share = memory.open();
    share.take(4);
    memory.open().take(6);
    expect(memory.heldBytes).toBe(10);
    expect(() => share.take(1)).toThrow(
      unavailable('the request needs 1 bytes; all requests hold 10, the limit is 10'),
    );
    expect(memory.heldBytes).toBe(10);
  });

  it('takes a share back once, whole', () => {
    const memory = new RequestMemory(10);
    const share = memory.open();
    share.take(3);
    share.take(7);
    share[Symbol.dispose]();
    share[Symbol.dispose]();
    expect(memory.heldBytes).toBe(0);
  });
});
