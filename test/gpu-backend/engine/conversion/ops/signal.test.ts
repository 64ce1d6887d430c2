import { describeOpFamily } from '../../../../support/op-goldens.ts';

describeOpFamily('signal');
