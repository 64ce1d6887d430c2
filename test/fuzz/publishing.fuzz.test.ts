import { describe, it } from 'vitest';
import { checkInterleavings, HARMS } from '../layers/repository/publish/interleavings.ts';

describe('publishing, plain uploads, reindex and retiring at the same time', () => {
  it.each(HARMS)(
    'lose and invent no version, and name only what is complete, when %s',
    async (_, fates) => {
      await checkInterleavings(fates, 300);
    },
    60_000,
  );
});
