import { describeOpFamily } from '../../../../support/op-goldens.ts';

describeOpFamily('misc');
