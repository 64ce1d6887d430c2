import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { broadcastShapes } from '../shape.ts';
import type { Shape, TensorValue } from '../value.ts';
import { slicedVector, valueIfSame } from './segment-rows.ts';
import { throughKernels } from './widening.ts';

const PRODUCTS: readonly DType[] = ['FP32', 'FP64', 'INT32', 'INT64'];

/** Matrix products and contractions. */
export const LINEAR_OPS: OpTable = {
  MatMul: (op) => product(op, 'transpose_a', 'transpose_b'),
  BatchMatMul: batchProduct,
  BatchMatMulV2: (op) => product(op, 'adj_x', 'adj_y'),
  BatchMatMulV3: (op) => {
    const dtype = op.attributes.type('Tout', op.tensor(0).dtype);
    return product(op.withInputs(op.tensors().map((one) => op.cast(one, dtype))), 'adj_x', 'adj_y');
  },
  Cross: cross,
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

/** Without broadcasting. */
function batchProduct(op: Op): TensorValue {
  const [a, b] = [op.tensor(0), op.tensor(1)];
  const rank = op.rank(a);
  if (op.rank(b) !== rank) {
    return op.refuse('its inputs have different ranks');
  }
  const [batch, other] = [a, b].map((one) => slicedVector(op, op.shapeOf(one), 0, rank - 2));
  const checked = batch && other ? valueIfSame(op, batch, other, 'the batches must have the same sizes', b) : b;
  return product(op.withInputs([a, checked]), 'adj_x', 'adj_y');
}

/** a, b: [..., 3]. */
function cross(op: Op): TensorValue {
  const [a, b] = [op.tensor(0), op.tensor(1)];
  const checked = valueIfSame(op, op.shapeOf(a), op.shapeOf(b), 'both inputs must be of the same shape', b);
  return throughKernels(op, PRODUCTS, [a, checked], ([left = a, right = b]) => {
    const turned = (x: TensorValue, by: readonly number[]): TensorValue =>
      op.emit('Gather', [x, op.int64s(by)], { attributes: { axis: -1 }, shape: x.shape });
    const first = op.binary('Mul', turned(left, [1, 2, 0]), turned(right, [2, 0, 1]));
    return op.binary('Sub', first, op.binary('Mul', turned(left, [2, 0, 1]), turned(right, [1, 2, 0])));
  });
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
  const terms = equation.replaceAll(' ', '').split('->')[0]?.split(',') ?? [];
  const output = equation.split('->')[1]?.replaceAll(' ', '') ?? '';
  const labels = [...terms, output].map((term) => term.replaceAll('.', ''));
  if (labels.some((term) => new Set(term).size < term.length)) {
    return op.refuse(`the equation ${equation} takes a diagonal`);
  }
  // ONNX Runtime reads beyond its memory when the dots stand for more dimensions here than there.
  const dots = op
    .tensors()
    .map((input, at) => (terms[at]?.includes('.') ? op.rank(input) - (terms[at].length - 3) : 0));
  if (new Set(dots.filter((_, at) => terms[at]?.includes('.'))).size > 1) {
    return op.refuse(`the equation ${equation} is given dots for different ranks`);
  }
  return throughKernels(op, PRODUCTS, withEqualSizes(op, equation), (inputs) =>
    op.emit('Einsum', inputs, { attributes: { equation } }),
  );
}

/** The inputs, with one size for each label: ONNX would repeat what has a size of 1, TensorFlow does so for `...` only. */
function withEqualSizes(op: Op, equation: string): readonly TensorValue[] {
  const terms = equation.replaceAll(' ', '').split('->')[0]?.split(',') ?? [];
  const seen = new Map<string, TensorValue>();
  return op.tensors().map((input, at) => {
    const [front = '', back = ''] = (terms[at] ?? '').split('...');
    const rank = op.rank(input);
    const labels = [...front, ...new Array<string>(Math.max(0, rank - front.length - back.length)).fill(''), ...back];
    return labels.reduce((value, label, axis) => {
      const size = label === '' ? undefined : slicedVector(op, op.shapeOf(input), axis, axis + 1);
      const other = seen.get(label);
      if (size === undefined || other === undefined) {
        if (size !== undefined) {
          seen.set(label, size);
        }
        return value;
      }
      return valueIfSame(op, size, other, `label ${label} stands for two sizes`, value);
    }, input);
  });
}
