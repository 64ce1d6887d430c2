import fc from 'fast-check';
import { RANDOM_SEED } from './random-seed.ts';

// vitest runs this before each file; fast-check prints the seed of what fails.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: RANDOM_SEED });
