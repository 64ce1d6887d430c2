import { describeOpFamily } from '../../../../support/op-goldens.ts';

describeOpFamily('control_flow');
