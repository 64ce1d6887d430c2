import { tensorConstant } from '../constant.ts';
import type { Op } from '../op.ts';
import { constantValue } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';

/** Constants and variables. A variable that nothing assigns to is a constant. */
export const RESOURCE_OPS: OpTable = {
  Const: (op) => constantValue(op.resources.override(op.node) ?? tensorConstant(op.attributes.tensor('value'))),
  VarHandleOp: (op) => op.resources.variable(op.node),
  VariableV2: (op) => constantValue(op.resources.variable(op.node).constant),
  ReadVariableOp: read,
  VarIsInitializedOp: (op) => op.scalar('BOOL', 1),
};

function read(op: Op): TensorValue {
  const value = op.value(0);
  return value.kind === 'variable' ? constantValue(value.constant) : op.refuse(`input 0 is a ${value.kind}`);
}
