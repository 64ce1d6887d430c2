import { describe } from 'vitest';
import { createMemoryQuotaCounter } from '../../../../functions/src/gateway/quota/memory-quota-counter.ts';
import { describeQuotaCounter } from '../../../contract/quota-counter.contract.ts';

describe('createMemoryQuotaCounter', () => {
  describeQuotaCounter(async () => ({
    counter: createMemoryQuotaCounter(),
    [Symbol.asyncDispose]: async () => undefined,
  }));
});
