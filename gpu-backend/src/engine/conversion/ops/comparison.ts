import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import { broadcastShapes } from '../shape.ts';
import type { TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { scalarLike } from './elementwise.ts';
import { valueIfShapesAgree, valueIfSizesAgree } from './same-shape.ts';
import { FLOATS, NUMBERS, throughKernels } from './widening.ts';

/** Comparisons, logic, and choices that depend on them. */
export const COMPARISON_OPS: OpTable = {
  Equal: (op) => equal(op) ?? op.scalar('BOOL', 0),
  NotEqual: (op) => {
    const isEqual = equal(op);
    return isEqual === undefined ? op.scalar('BOOL', 1) : op.unary('Not', isEqual);
  },
  ApproximateEqual: approximateEqual,
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
    return throughKernels(op, NUMBERS, [a, b], ([x = a, y = b]) => op.binary(type, x, y, { dtype: 'BOOL' }));
  };
}

/** Undefined for shapes that do not fit each other where the node allows that. */
function equal(op: Op): TensorValue | undefined {
  const [a, b] = [op.tensor(0), op.tensor(1)];
  if (!op.attributes.bool('incompatible_shape_error', true) && areUnlike(op, a, b)) {
    return undefined;
  }
  return throughKernels(op, [...NUMBERS, 'BOOL'], [a, b], ([x = a, y = b]) =>
    op.binary('Equal', x, y, { dtype: 'BOOL' }),
  );
}

/** Whether two shapes are known not to fit. Refused when nothing is known of one, unless the other is a scalar. */
function areUnlike(op: Op, a: TensorValue, b: TensorValue): boolean {
  if (a.shape?.length === 0 || b.shape?.length === 0) {
    return false;
  }
  const common = Math.min(op.rank(a), op.rank(b));
  return Array.from({ length: common }, (_, index) => index + 1).some((fromEnd) => {
    const [x, y] = [a.shape?.at(-fromEnd) ?? 1, b.shape?.at(-fromEnd) ?? 1]; // a size that is not known may fit
    return x !== y && x !== 1 && y !== 1;
  });
}

function logic(type: string): OpHandler {
  return (op) => op.binary(type, op.tensor(0), op.tensor(1));
}

function approximateEqual(op: Op): TensorValue {
  const [a, b] = [op.tensor(0), op.tensor(1)];
  const tolerance = op.attributes.float('tolerance', 1e-5);
  const isNear = throughKernels(op, FLOATS, [a, b], ([x = a, y = b]) => {
    const distance = op.unary('Abs', op.binary('Sub', x, y));
    return op.binary('LessOrEqual', distance, scalarLike(op, x, tolerance), { dtype: 'BOOL' });
  });
  return valueIfShapesAgree(op, a, b, isNear);
}

/** Three of one shape; the condition may be a scalar, or a vector that chooses whole rows. */
function selectRows(op: Op): TensorValue {
  const [condition, yes, no] = [op.tensor(0), op.tensor(1), op.tensor(2)];
  const rank = op.rank(condition);
  const missing = rank === 1 ? op.rank(yes) - 1 : 0;
  const rows =
    missing > 0
      ? unsqueeze(
          op,
          condition,
          Array.from({ length: missing }, (_, index) => index + 1),
        )
      : condition;
  const chosen = valueIfShapesAgree(op, yes, no, choose(op, rows, yes, no));
  if (rank > 1 && rank !== op.rank(yes)) {
    return op.refuse('the condition has another rank');
  }
  return valueIfSizesAgree(op, condition, yes, rank, chosen);
}

/** `yes` where the BOOL `condition` holds, else `no`; all three broadcast. */
export function choose(op: Op, condition: TensorValue, yes: TensorValue, no: TensorValue): TensorValue {
  const shape = broadcastShapes(condition.shape, broadcastShapes(yes.shape, no.shape));
  const kernels: readonly DType[] = [...FLOATS, 'INT32', 'INT64', 'UINT8'];
  const isUint64 = yes.dtype === 'UINT64'; // its bits as INT64 are moved just as well
  const inputs = isUint64 ? [op.cast(yes, 'INT64'), op.cast(no, 'INT64')] : [yes, no];
  const chosen = throughKernels(op, kernels, inputs, ([a = yes, b = no]) =>
    op.emit('Where', [condition, a, b], { dtype: a.dtype, shape }),
  );
  return op.cast(chosen, yes.dtype);
}
