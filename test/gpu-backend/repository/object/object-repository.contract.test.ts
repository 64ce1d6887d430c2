import { describe } from 'vitest';
import { describeIndexedRepository } from '../../../contract/indexed-repository.contract.ts';
import { describeModelRepository } from '../../../contract/model-repository.contract.ts';
import { objectFixture } from './object-fixture.ts';

describe('a ModelRepository over an object store without an index', () => {
  describeModelRepository(objectFixture);
});

describe('a ModelRepository over an object store with an index', () => {
  describeIndexedRepository(objectFixture);
});
