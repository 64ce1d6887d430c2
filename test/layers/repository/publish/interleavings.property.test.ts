import { describe, it } from 'vitest';
import { checkInterleavings, HARMS } from './interleavings.ts';

describe('publishing, plain uploads, reindex and retiring at the same time', () => {
  it.each(HARMS)(
    'lose and invent no version, and name only what is complete, when %s',
    async (_, fates) => {
      await checkInterleavings(fates, 10);
    },
    60_000,
  );
});
