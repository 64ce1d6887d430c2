import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { Value } from '../value.ts';

/** Function calls, which are inlined, and nodes that only stand for an order of execution. */
export const CALL_OPS: OpTable = {
  PartitionedCall: call,
  StatefulPartitionedCall: call,
  NoOp: () => [],
};

function call(op: Op): readonly Value[] {
  return op.call(op.attributes.function('f').name, op.inputs, op.scope);
}
