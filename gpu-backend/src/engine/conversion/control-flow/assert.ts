import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { constantOf, type TensorValue, type Value } from '../value.ts';
import { knownTruth } from './scalars.ts';

/** What a graph says about its own values, to callers and to logs. */
export const ASSERTION_OPS: OpTable = {
  Assert: assertion,
  Print: (op) => op.value(0),
};

function assertion(op: Op): readonly Value[] {
  const condition = op.tensor(0);
  const known = knownTruth(condition);
  const message = `assertion failed: ${op.tensors(1).map(textOf).join(' ')}`;
  if (known === false) {
    return op.refuse(`it always fails: ${message}`);
  }
  if (known === undefined) {
    op.scope.check(condition, message);
  }
  return [];
}

/** As TensorFlow writes it; what the request decides is left out. */
function textOf(value: TensorValue): string {
  const constant = constantOf(value);
  if (constant?.dtype !== 'STRING') {
    return value.elements?.length === 1 && value.elements[0] !== null ? `[${value.elements[0]}]` : '[...]';
  }
  const tensor = constant.load();
  return tensor.dtype === 'STRING'
    ? `[${tensor.data.map((bytes) => new TextDecoder().decode(bytes)).join(' ')}]`
    : '[...]';
}
