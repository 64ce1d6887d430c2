import { describe, expect, it } from 'vitest';
import { createMemoryRelease } from '../../gpu-backend/src/memory-release.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

describe('createMemoryRelease', () => {
  it('collects once for versions that go together, and again for later ones', () => {
    const clock = new FakeClock();
    let collections = 0;
    const release = createMemoryRelease(clock, () => {
      collections += 1;
    });
    release();
    release();
    clock.advance(1000);
    expect(collections).toBe(1);
    release();
    clock.advance(1000);
    expect(collections).toBe(2);
  });
});
