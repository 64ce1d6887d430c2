import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import { broadcastShapes } from '../shape.ts';
import type { TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { throughKernels } from './widening.ts';

const ORDERED: readonly DType[] = ['FP32', 'FP64', 'INT32', 'INT64'];

/** Comparisons, logic, and choices that depend on them. */
export const COMPARISON_OPS: OpTable = {
  Equal: equal,
  NotEqual: (op) => op.unary('Not', equal(op)),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  LogicalAnd: logic('And'),
  LogicalOr: logic('Or'),
  Select: selectRows,
  SelectV2: (op) => choose(op, op.tensor(0), op.tensor(1), op.tensor(2)),
};

function comparison(type: string): OpHandler {
  return (op) => {
    const [a, b] = [op.tensor(0), op.tensor(1)];
    return throughKernels(op, ORDERED, [a, b], ([x = a, y = b]) => op.binary(type, x, y, { dtype: 'BOOL' }));
  };
}

function equal(op: Op): TensorValue {
  const [a, b] = [op.tensor(0), op.tensor(1)];
  // Two unsigned numbers are equal exactly when the signed ones of the same bits are.
  const inputs = a.dtype === 'UINT64' ? [op.cast(a, 'INT64'), op.cast(b, 'INT64')] : [a, b];
  return throughKernels(op, [...ORDERED, 'BOOL'], inputs, ([x = a, y = b]) =>
    op.binary('Equal', x, y, { dtype: 'BOOL' }),
  );
}

function logic(type: string): OpHandler {
  return (op) => op.binary(type, op.tensor(0), op.tensor(1));
}

/** A vector as condition chooses whole rows. */
function selectRows(op: Op): TensorValue {
  const [condition, yes] = [op.tensor(0), op.tensor(1)];
  const missing = op.rank(yes) - op.rank(condition);
  const isVector = condition.shape?.length === 1 && missing > 0;
  const rows = isVector
    ? unsqueeze(
        op,
        condition,
        Array.from({ length: missing }, (_, index) => index + 1),
      )
    : condition;
  return choose(op, rows, yes, op.tensor(2));
}

/** `yes` where the BOOL `condition` holds, else `no`; all three broadcast. */
export function choose(op: Op, condition: TensorValue, yes: TensorValue, no: TensorValue): TensorValue {
  const shape = broadcastShapes(condition.shape, broadcastShapes(yes.shape, no.shape));
  return throughKernels(op, [...ORDERED, 'UINT8'], [yes, no], ([a = yes, b = no]) =>
    op.emit('Where', [condition, a, b], { dtype: a.dtype, shape }),
  );
}
