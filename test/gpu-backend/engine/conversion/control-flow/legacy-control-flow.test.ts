import { describeOpFamily } from '../../../../support/op-goldens.ts';

describeOpFamily('legacy_control_flow');
