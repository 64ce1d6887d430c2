import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { add, both, isAtMost, larger, multiply, pick, positions, sizeAlong, subtract } from './index-arithmetic.ts';
import { OUT_OF_RANGE, valueIf } from './run-time-check.ts';
import { axisOf } from './slicing.ts';

/** Ops that read elements from other places of the same dimension: rolls, reversals of beginnings, mirrors. */
export const SHIFTING_OPS: OpTable = {
  Roll: roll,
  ReverseSequence: reverseSequence,
  MirrorPad: mirrorPad,
};

/** input, shift, axis: shift and axis are both scalars or both vectors. */
function roll(op: Op): TensorValue {
  const rank = op.rank(op.tensor(0));
  const axes = op.elements(2).map((axis) => axisOf(op, axis, rank));
  const shifts = op.reshape(op.cast(op.tensor(1), 'INT64'), [axes.length]);
  return axes.reduce((x, axis, index) => {
    const size = sizeAlong(op, x, axis);
    const shift = op.emit('Slice', [shifts, op.int64s([index]), op.int64s([index + 1])], { shape: [1] });
    const places = subtract(op, positions(op, op.int64s([0]), size), shift);
    return op.emit('Gather', [x, op.binary('Mod', places, larger(op, size, 1))], {
      attributes: { axis },
      shape: x.shape,
    });
  }, op.tensor(0));
}

/** input, seq_lengths [batch]: the first elements of every row, back to front. */
function reverseSequence(op: Op): TensorValue {
  const x = op.tensor(0);
  const rank = op.rank(x);
  const time = axisOf(op, op.attributes.int('seq_dim'), rank);
  const batch = axisOf(op, op.attributes.int('batch_dim', 0), rank);
  const lengths = op.emit('Reshape', [op.cast(op.tensor(1), 'INT64'), sizeAlong(op, x, batch)], {
    attributes: { allowzero: 1 },
    shape: [x.shape?.[batch] ?? null],
  });
  const others = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== time && axis !== batch);
  const order = [batch, time, ...others];
  const size = sizeAlong(op, x, time);
  const steps = positions(op, op.int64s([0]), size); // [time]
  const column = unsqueeze(op, lengths, [1]); // [batch, 1]
  const places = pick(op, isAtMost(op, column, steps), steps, subtract(op, subtract(op, column, 1), steps));
  const data = op.transpose(x, order);
  const picked = op.emit('GatherND', [data, unsqueeze(op, places, [2])], {
    attributes: { batch_dims: 1 },
    shape: data.shape,
  });
  const back = op.transpose(
    picked,
    order.map((_, axis) => order.indexOf(axis)),
  );
  const isLength = both(op, isAtMost(op, 0, lengths), isAtMost(op, lengths, size));
  return valueIf(op, isLength, 'seq_lengths are outside of the dimension', back);
}

/** input, paddings [rank, 2]. REFLECT does not repeat the edge, SYMMETRIC does. */
function mirrorPad(op: Op): TensorValue {
  const mode = op.attributes.string('mode');
  if (mode !== 'REFLECT' && mode !== 'SYMMETRIC') {
    return op.refuse(`mode ${mode} is not supported`);
  }
  const rank = op.rank(op.tensor(0));
  const paddings = op.tensor(1);
  const wide = op.cast(paddings, 'INT64');
  let y = op.tensor(0);
  for (let axis = 0; axis < rank; axis++) {
    const [before, after] = [0, 1].map((end) => padding(op, wide, 2 * axis + end));
    const known = [paddings.elements?.[2 * axis], paddings.elements?.[2 * axis + 1]];
    if (known.some((one) => one !== undefined && one !== null && one < 0)) {
      return op.refuse('paddings are negative');
    }
    if (before !== undefined && after !== undefined && !known.every((one) => one === 0)) {
      y = mirrored(op, y, axis, [before, after], mode === 'REFLECT');
    }
  }
  if (paddings.elements?.every((one) => one !== null)) {
    return y;
  }
  return valueIf(op, isAtMost(op, 0, wide), 'Paddings must be non-negative', y);
}

function padding(op: Op, paddings: TensorValue, index: number): TensorValue {
  const known = op.tensor(1).elements?.[index];
  if (known !== undefined && known !== null) {
    return op.int64s([known]);
  }
  const flat = op.reshape(paddings, [-1]);
  return op.emit('Slice', [flat, op.int64s([index]), op.int64s([index + 1])], { shape: [1] });
}

/** Reaching over the other edge gives no place that exists: the Gather fails. */
function mirrored(
  op: Op,
  x: TensorValue,
  axis: number,
  [before, after]: readonly [TensorValue, TensorValue],
  isEdgeLeftOut: boolean,
): TensorValue {
  const edge = isEdgeLeftOut ? 1 : 0;
  const size = sizeAlong(op, x, axis);
  const places = positions(op, subtract(op, 0, before), add(op, size, after));
  const low = subtract(op, edge - 1, places); // -1 stands for the first element or the second
  const high = subtract(op, subtract(op, multiply(op, size, 2), 1 + edge), places);
  const inside = pick(op, isAtMost(op, size, places), high, places);
  const folded = pick(op, isAtMost(op, places, -1), low, inside);
  const guarded = pick(op, isAtMost(op, folded, -1), OUT_OF_RANGE, folded);
  return op.emit('Gather', [x, guarded], { attributes: { axis }, shape: x.shape?.with(axis, null) ?? null });
}
