import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { broadcastShapes } from '../shape.ts';
import type { Shape, TensorValue } from '../value.ts';
import { throughKernels } from './widening.ts';

const PRODUCTS: readonly DType[] = ['FP32', 'FP64', 'INT32', 'INT64'];

/** Matrix products and contractions. */
export const LINEAR_OPS: OpTable = {
  MatMul: (op) => product(op, 'transpose_a', 'transpose_b'),
  BatchMatMul: (op) => product(op, 'adj_x', 'adj_y'),
  BatchMatMulV2: (op) => product(op, 'adj_x', 'adj_y'),
  BatchMatMulV3: (op) => product(op, 'adj_x', 'adj_y'),
  Einsum: einsum,
};

/** a: [..., n, k], b: [..., k, m], the last two dimensions of either swapped when its attribute says so. */
export function product(op: Op, swapsA: string, swapsB: string): TensorValue {
  const a = op.attributes.bool(swapsA, false) ? lastTwoSwapped(op, op.tensor(0)) : op.tensor(0);
  const b = op.attributes.bool(swapsB, false) ? lastTwoSwapped(op, op.tensor(1)) : op.tensor(1);
  return throughKernels(op, PRODUCTS, [a, b], ([left = a, right = b]) =>
    op.emit('MatMul', [left, right], { shape: productShape(a.shape, b.shape) }),
  );
}

function lastTwoSwapped(op: Op, x: TensorValue): TensorValue {
  const rank = op.rank(x);
  const order = Array.from({ length: rank }, (_, axis) => axis);
  return op.transpose(x, [...order.slice(0, -2), rank - 1, rank - 2]);
}

function productShape(a: Shape, b: Shape): Shape {
  const batch = a === null || b === null ? null : broadcastShapes(a.slice(0, -2), b.slice(0, -2));
  return batch === null ? null : [...batch, a?.at(-2) ?? null, b?.at(-1) ?? null];
}

function einsum(op: Op): TensorValue {
  const equation = op.attributes.string('equation');
  const terms = equation.replaceAll('...', '').split('->')[0]?.split(',') ?? [];
  if (terms.some((term) => new Set(term).size < term.length)) {
    return op.refuse(`the equation ${equation} takes a diagonal`);
  }
  return throughKernels(op, PRODUCTS, op.tensors(), (inputs) =>
    op.emit('Einsum', inputs, { attributes: { equation } }),
  );
}
