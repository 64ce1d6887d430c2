import { describeConformance, GOLDENS } from '../support/conformance-models.ts';

describeConformance(GOLDENS);
