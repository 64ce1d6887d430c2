import { ASSIGNMENTS } from '../changed-variables.ts';
import { tensorConstant } from '../constant.ts';
import type { Op } from '../op.ts';
import { constantValue } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue, Value, VariableValue } from '../value.ts';
import type { VariableState } from '../variable-state.ts';
import { ARITHMETIC_OPS } from './arithmetic.ts';

/** Constants and variables. */
export const RESOURCE_OPS: OpTable = {
  Const: (op) => constantValue(op.resources.override(op.node) ?? tensorConstant(op.attributes.tensor('value'))),
  VarHandleOp: (op) => op.resources.variable(op.node),
  VariableV2: reference,
  ReadVariableOp: (op) => readVariable(op, variableOf(op)),
  VarIsInitializedOp: (op) => op.scalar('BOOL', 1),
  ...Object.fromEntries(ASSIGNMENTS.keys().map((name) => [name, assign])),
};

/** One that nothing changes is read at once. */
function reference(op: Op): Value {
  const variable = op.resources.variable(op.node);
  return variable.changes ? { ...variable, isReference: true } : constantValue(variable.constant);
}

/** The value of a variable at this node: a constant when nothing assigns to it. */
export function readVariable(op: Op, variable: VariableValue): TensorValue {
  return variable.changes ? stateOf(op).read(variable) : constantValue(variable.constant);
}

/** TensorFlow 1's give the variable, for others to read. */
function assign(op: Op): readonly Value[] {
  const variable = variableOf(op);
  if (!variable.changes) {
    return op.refuse('it assigns to a variable in a way that cannot be followed');
  }
  const state = stateOf(op);
  const change = ASSIGNMENTS.get(op.node.op) ?? 'set';
  const value = change === 'set' ? op.tensor(1) : computed(op, change, [state.read(variable), op.tensor(1)]);
  state.assign(variable, value);
  return variable.isReference ? [variable] : [];
}

function computed(op: Op, name: string, inputs: readonly TensorValue[]): TensorValue {
  const values = ARITHMETIC_OPS[name]?.(op.withInputs(inputs));
  const value = Array.isArray(values) ? values[0] : values;
  return value?.kind === 'tensor' ? value : op.refuse('it cannot be computed');
}

function variableOf(op: Op): VariableValue {
  const value = op.value(0);
  return value.kind === 'variable' ? value : op.refuse(`input 0 is a ${value.kind}, not a variable`);
}

function stateOf({ scope, refuse }: Op): VariableState {
  return scope.state ?? refuse('it uses a variable that changes inside of a loop or branch');
}
