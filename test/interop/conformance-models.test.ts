import { describeConformance, GOLDENS } from '../support/conformance-models.ts';

// Those that are skipped where there is no TensorFlow.
describeConformance(GOLDENS.filter(({ needs }) => needs !== 'any'));
