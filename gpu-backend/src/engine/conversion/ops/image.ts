import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';

/** Ops on pictures [n, h, w, c]. */
export const IMAGE_OPS: OpTable = {
  ResizeBilinear: (op) => op.cast(resize(op, 'linear'), 'FP32'),
  ResizeNearestNeighbor: (op) => resize(op, 'nearest'),
};

/** images, size: [h, w]. */
function resize(op: Op, mode: 'linear' | 'nearest'): TensorValue {
  const x = op.tensor(0);
  const [height, width] = [x.shape?.[1] ?? null, x.shape?.[2] ?? null];
  const wanted = op.tensor(1);
  const aligned = op.attributes.bool('align_corners', false);
  const centred = op.attributes.bool('half_pixel_centers', false);
  if (mode === 'nearest' && (aligned || centred)) {
    return op.refuse('the places it picks at ties are not known to be the same');
  }
  const pictures = mode === 'linear' && x.dtype !== 'FP32' ? op.cast(x, 'FP32') : x;
  const channelsFirst = op.transpose(pictures, [0, 3, 1, 2]);
  const shape = op.emit('Shape', [channelsFirst], { dtype: 'INT64' });
  const outer = op.emit('Slice', [shape, op.int64s([0]), op.int64s([2])], { shape: [2] });
  const sizes = op.emit('Concat', [outer, op.cast(wanted, 'INT64')], { attributes: { axis: 0 }, dtype: 'INT64' });
  const attributes = {
    mode,
    coordinate_transformation_mode: aligned ? 'align_corners' : centred ? 'half_pixel' : 'asymmetric',
    nearest_mode: 'floor',
  };
  const isSame = height !== null && height === wanted.elements?.[0] && width === wanted.elements?.[1];
  const resized = isSame
    ? channelsFirst
    : op.emit('Resize', [channelsFirst, undefined, undefined, sizes], { attributes });
  return op.transpose(resized, [0, 2, 3, 1]);
}
