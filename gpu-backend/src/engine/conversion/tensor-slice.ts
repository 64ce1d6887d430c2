import { unimplemented } from '@tensorfleet/core';
import type { TensorSlice } from '../savedmodel/checkpoint.ts';

/**
 * The part of a tensor that a RestoreV2 op asks for: the sizes of the whole and one `start,length` or `-` (all) per
 * dimension, as in `10 4 0,5:-`. Throws UNIMPLEMENTED for anything else.
 */
export function parseTensorSlice(text: string): TensorSlice {
  const words = text.split(' ');
  const sizes = words.slice(0, -1).map(Number);
  const parts = (words.at(-1) ?? '').split(':');
  const slice = parts.map((part, axis) => {
    const [start = Number.NaN, length = Number.NaN] = part === '-' ? [0, sizes[axis]] : part.split(',').map(Number);
    return { start, length };
  });
  const isSound =
    parts.length === sizes.length &&
    slice.every(({ start, length }, axis) => start >= 0 && length >= 0 && start + length <= (sizes[axis] ?? -1));
  if (!isSound) {
    throw unimplemented(`"${text}" is no slice of a variable`);
  }
  return slice;
}
