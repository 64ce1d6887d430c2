import { tensorConstant } from '../constant.ts';
import { hostStep } from '../host-node.ts';
import { constantValue, type Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TableValue, TensorValue, Value } from '../value.ts';

/** Lookup tables, which are filled when the model is loaded and run on the host. */
export const LOOKUP_OPS: OpTable = {
  HashTable: (op) => op.resources.table(op.node),
  HashTableV2: (op) => op.resources.table(op.node),
  LookupTableFind: find,
  LookupTableFindV2: find,
  LookupTableSize: size,
  LookupTableSizeV2: size,
};

function tableOf(op: Op): TableValue {
  const table = op.value(0);
  return table.kind === 'table' ? table : op.refuse(`input 0 is a ${table.kind}, not a table`);
}

/** table, keys, default. */
function find(op: Op): readonly Value[] {
  const { keys, values } = tableOf(op);
  const content = [keys, values].map((tensor) => constantValue(tensorConstant(tensor)));
  const inputs = [op.tensor(1), ...content, op.tensor(2)];
  const [found] = hostStep(op, 'LookupTableFindV2', inputs, [values.dtype]);
  return found === undefined ? [] : [{ ...found, shape: op.tensor(1).shape }];
}

function size(op: Op): TensorValue {
  const { keys } = tableOf(op);
  const distinct = new Set<unknown>(keys.dtype === 'STRING' ? keys.data.map((key) => key.join()) : keys.data);
  return op.scalar('INT64', distinct.size);
}
