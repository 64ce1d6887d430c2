import type { OpHandler, OpTable } from '../op-handler.ts';

/** Ops on each element by itself, with broadcasting. */
export const ELEMENTWISE_OPS: OpTable = {
  Add: binary('Add'),
  AddV2: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Relu: unary('Relu'),
};

function unary(type: string): OpHandler {
  return (op) => op.unary(type, op.tensor(0));
}

function binary(type: string): OpHandler {
  return (op) => op.binary(type, op.tensor(0), op.tensor(1));
}
