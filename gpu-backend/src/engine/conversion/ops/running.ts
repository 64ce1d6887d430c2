import type { DType } from '@tensorfleet/core';
import { addInput, addOutput, closeBody, openBody } from '../control-flow/body.ts';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { Shape, TensorValue } from '../value.ts';
import { filled } from './array.ts';
import { log1p, scalarLike } from './elementwise.ts';
import { concatenated, slicedVector } from './segment-rows.ts';
import { axisOf } from './slicing.ts';
import { throughKernels } from './widening.ts';

const ARITHMETIC: readonly DType[] = ['FP32', 'FP64', 'INT32', 'INT64', 'UINT64'];

/** Ops whose every element is made of all before it along an axis: x, axis. */
export const RUNNING_OPS: OpTable = {
  Cumsum: cumsum,
  Cumprod: running(ARITHMETIC, {
    initial: (op, x) => scalarLike(op, x, 1),
    next: (op, product, factor) => op.binary('Mul', product, factor),
  }),
  CumulativeLogsumexp: running(['FP32', 'FP64'], {
    initial: (op, x) => scalarLike(op, x, Number.NEGATIVE_INFINITY),
    next: logOfSum,
  }),
};

/** TensorFlow rounds every sum of these, ONNX Runtime only the last. */
const ROUNDED_SUMS: ReadonlySet<DType> = new Set(['FP16', 'BF16']);

interface Running {
  /** A scalar: what comes before the first element. */
  readonly initial: (op: Op, x: TensorValue) => TensorValue;
  readonly next: (op: Op, before: TensorValue, element: TensorValue) => TensorValue;
}

function cumsum(op: Op): TensorValue {
  const x = op.tensor(0);
  if (ROUNDED_SUMS.has(x.dtype)) {
    return roundedSum(op);
  }
  const attributes = {
    exclusive: op.attributes.bool('exclusive', false) ? 1 : 0,
    reverse: op.attributes.bool('reverse', false) ? 1 : 0,
  };
  // Sums wrap around: those of unsigned numbers are the signed ones of the same bits.
  const [bits, dtype] = x.dtype === 'UINT64' ? [op.cast(x, 'INT64'), x.dtype] : [x, x.dtype];
  const sum = throughKernels(op, ['FP32', 'FP64', 'INT32', 'INT64'], [bits], ([wide = bits]) =>
    op.emit('CumSum', [wide, op.tensor(1)], { attributes, shape: x.shape }),
  );
  return op.cast(sum, dtype);
}

const roundedSum = running(['FP32'], {
  initial: (op, x) => scalarLike(op, x, 0),
  next: (op, sum, element) => op.binary('Add', sum, element),
});

function running(kernels: readonly DType[], { initial, next }: Running): (op: Op) => TensorValue {
  return (op) => {
    const x = op.tensor(0);
    const axis = axisOf(op, op.element(1), op.rank(x));
    const axes = (x.shape ?? []).map((_, index) => index);
    const order = [axis, ...axes.filter((one) => one !== axis)];
    const back = axes.map((one) => order.indexOf(one));
    return throughKernels(op, kernels, [x], ([wide = x]) => {
      if (axis === 0) {
        return scanned(op, wide, initial(op, wide), next);
      }
      return op.transpose(scanned(op, op.transpose(wide, order), initial(op, wide), next), back);
    });
  };
}

/**
 * Along the first dimension: ONNX Runtime's scans along others end the process when a dimension is 0. Where the first
 * may be, which it does not scan, it is made longer by one.
 */
function scanned(op: Op, x: TensorValue, initial: TensorValue, next: Running['next']): TensorValue {
  const behind = slicedVector(op, op.shapeOf(x), 1, op.rank(x));
  const body = openBody(op, [x, initial]);
  const shape = x.shape?.slice(1) ?? null;
  const sum = addInput(body, x.dtype, shape);
  const computed = next(body.op, sum, addInput(body, x.dtype, shape));
  const after = x.dtype === 'BF16' ? body.op.roundToBfloat16(computed) : computed;
  addOutput(body, after);
  addOutput(body, op.attributes.bool('exclusive', false) ? sum : after);
  closeBody(body);
  const direction = op.attributes.bool('reverse', false) ? 1 : 0;
  const attributes = {
    body: { graph: body.graph },
    num_scan_inputs: 1,
    scan_input_directions: [direction],
    scan_output_directions: [direction],
  };
  const start = filled(op, initial, behind);
  const one = filled(op, initial, concatenated(op, [op.int64s([1]), behind]));
  const mayBeEmpty = !x.shape?.[0];
  const padded = mayBeEmpty ? op.emit('Concat', direction ? [one, x] : [x, one], { attributes: { axis: 0 } }) : x;
  const results = [
    { attributes, shape },
    { dtype: x.dtype, shape: x.shape?.with(0, null) ?? null },
  ];
  const [, sums = padded] = op.emitMany('Scan', [start, padded], results);
  return mayBeEmpty ? withoutOne(op, sums, x.shape, direction) : { ...sums, shape: x.shape };
}

/** Without the first (`first` is 1) or the last element along the first dimension. */
function withoutOne(op: Op, x: TensorValue, shape: Shape, first: number): TensorValue {
  const [start, end] = first ? [1, 2 ** 31] : [0, -1];
  return op.emit('Slice', [x, op.int64s([start]), op.int64s([end]), op.int64s([0])], { shape });
}

/** log(exp(a) + exp(b)) without overflow. As in TensorFlow, a NaN as `b` counts like `a`, and infinity twice is NaN. */
function logOfSum(op: Op, a: TensorValue, b: TensorValue): TensorValue {
  const pick = (condition: TensorValue, yes: TensorValue, no: TensorValue): TensorValue =>
    op.emit('Where', [condition, yes, no], { dtype: a.dtype, shape: a.shape });
  const larger = pick(op.binary('Greater', b, a, { dtype: 'BOOL' }), b, a);
  const smaller = pick(op.binary('Less', b, a, { dtype: 'BOOL' }), b, a);
  const sum = op.binary('Add', larger, log1p(op, op.unary('Exp', op.binary('Sub', smaller, larger))));
  const isNothing = op.binary('Equal', larger, scalarLike(op, a, Number.NEGATIVE_INFINITY), { dtype: 'BOOL' });
  return pick(isNothing, larger, sum);
}
