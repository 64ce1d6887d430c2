import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { add, larger, multiply, positions, sizeAlong, subtract } from './index-arithmetic.ts';
import { PADDED } from './joining.ts';
import { throughKernels } from './widening.ts';
import { padsOf, spatialEntries, type Windows } from './windows.ts';

/** Ops that lay overlapping windows of pictures side by side. */
export const PATCH_OPS: OpTable = { ExtractImagePatches: extractImagePatches };

/** [n, h, w, c] -> [n, rows, kh, columns, kw, c] -> [n, rows, columns, kh*kw*c]. */
function extractImagePatches(op: Op): TensorValue {
  const entries = (name: string): readonly number[] => spatialEntries(op, name, op.attributes.ints(name), 2);
  const [kernel, strides, dilations] = [entries('ksizes'), entries('strides'), entries('rates')];
  const x = padded(op, { spatial: 2, kernel, strides, dilations });
  const cut = [0, 1].reduce((y, index) => {
    const axis = 1 + 2 * index; // a window's own dimension follows each
    const places = windowPlaces(op, y, axis, kernel[index] ?? 1, strides[index] ?? 1, dilations[index] ?? 1);
    return op.emit('Gather', [y, places], { attributes: { axis }, shape: null });
  }, x);
  const [n, c] = [x.shape?.[0] ?? null, x.shape?.[3] ?? null];
  const cells = op.transpose({ ...cut, shape: [n, null, null, null, null, c] }, [0, 1, 3, 2, 4, 5]);
  const depth = c === null ? -1 : c * kernel.reduce((product, size) => product * size, 1);
  return op.emit('Reshape', [cells, op.int64s([0, 0, 0, depth])]);
}

function padded(op: Op, windows: Windows): TensorValue {
  const x = op.tensor(0);
  const [n = null, h = null, w = null, c = null] = x.shape ?? [];
  const known = padsOf(op, windows, [n, c, h, w]);
  if (!('pads' in known)) {
    return op.refuse('the padding is only known at run time');
  }
  const [top = 0, left = 0, bottom = 0, right = 0] = known.pads;
  if (top + left + bottom + right === 0) {
    return x;
  }
  const pads = op.int64s([0, top, left, 0, 0, bottom, right, 0]);
  const shape = [n, h && h + top + bottom, w && w + left + right, c];
  return throughKernels(op, PADDED, [x], ([wide = x]) => op.emit('Pad', [wide, pads], { shape }));
}

/** [windows, size]: where each window reads. */
function windowPlaces(op: Op, x: TensorValue, axis: number, size: number, stride: number, rate: number): TensorValue {
  const room = subtract(op, sizeAlong(op, x, axis), (size - 1) * rate + 1);
  const count = op.binary('Div', larger(op, add(op, room, stride), 0), op.int64s([stride]));
  const starts = multiply(op, positions(op, op.int64s([0]), count), stride);
  const inside = op.int64s(Array.from({ length: size }, (_, index) => index * rate));
  return op.binary('Add', unsqueeze(op, starts, [1]), inside);
}
