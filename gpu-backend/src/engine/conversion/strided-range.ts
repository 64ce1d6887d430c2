/**
 * The indices that Python's `[begin:end:step]` takes from a dimension of `size`; undefined bounds are open.
 * `step` is not 0.
 */
export function stridedRange(
  size: number,
  begin: number | undefined,
  end: number | undefined,
  step: number,
): readonly number[] {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + size : bound, low), high);
  const first = begin === undefined ? (step > 0 ? 0 : size - 1) : clamp(begin);
  const last = end === undefined ? (step > 0 ? size : -1) : clamp(end);
  const indices: number[] = [];
  for (let index = first; step > 0 ? index < last : index > last; index += step) {
    indices.push(index);
  }
  return indices;
}
