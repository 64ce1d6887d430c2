// biome-ignore-all lint/style/noNonNullAssertion: axes are counted along the shape
import { formatShape, invalidArgument } from '@tensorfleet/core';
import { numberAttribute } from './attributes.ts';
import { takeElements } from './elements.ts';
import type { HostOp } from './host-op.ts';
import { inputAt, integerListAt } from './inputs.ts';
import { stridedIndices, stridesOf } from './strides.ts';

/** Bit i of each stands for entry i of the specification. */
interface Masks {
  readonly begin: number;
  readonly end: number;
  readonly ellipsis: number;
  readonly newAxis: number;
  readonly shrink: number;
}

/** One entry of the specification. */
interface Range {
  readonly begin: number | undefined;
  readonly end: number | undefined;
  readonly stride: number;
  readonly isShrunk: boolean;
}

/** The whole of a dimension. */
const ALL: Range = { begin: undefined, end: undefined, stride: 1, isShrunk: false };

/** Inputs: input, begin, end, strides. */
export const stridedSlice: HostOp = (attributes) => {
  const mask = (name: string): number => numberAttribute(attributes, `${name}_mask`, 0);
  const masks = {
    begin: mask('begin'),
    end: mask('end'),
    ellipsis: mask('ellipsis'),
    newAxis: mask('new_axis'),
    shrink: mask('shrink_axis'),
  };
  return (inputs) => {
    const input = inputAt(inputs, 0);
    const begin = integerListAt(inputs, 1, 'begin');
    const end = integerListAt(inputs, 2, 'end');
    const strides = integerListAt(inputs, 3, 'strides');
    if (begin.length !== end.length || begin.length !== strides.length) {
      throw invalidArgument('Expected begin, end, and strides to be 1D equal size tensors');
    }
    const entries = entriesOf(begin, end, strides, masks, input.shape.length);
    return [takeElements(input, ...selection(entries, input.shape))];
  };
};

/** Per output dimension, in order: the range of the next input dimension, or 'new' for a dimension of 1. */
function entriesOf(
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
  masks: Masks,
  rank: number,
): readonly (Range | 'new')[] {
  const has = (mask: number, index: number): boolean => ((mask >>> index) & 1) === 1;
  const ellipses = begin.filter((_, index) => has(masks.ellipsis, index)).length;
  if (ellipses > 1) {
    throw invalidArgument('Multiple ellipses in slice spec not allowed');
  }
  const used = begin.filter((_, index) => !has(masks.ellipsis, index) && !has(masks.newAxis, index)).length;
  if (used > rank) {
    throw invalidArgument(`Index out of range using input dim ${rank}; input has only ${rank} dims`);
  }
  const others = new Array<Range>(rank - used).fill(ALL);
  const entries = begin.flatMap((at, index): readonly (Range | 'new')[] => {
    if (has(masks.ellipsis, index)) {
      return others;
    }
    if (has(masks.newAxis, index)) {
      return ['new'];
    }
    const isShrunk = has(masks.shrink, index);
    return [
      {
        begin: has(masks.begin, index) && !isShrunk ? undefined : at,
        end: has(masks.end, index) ? undefined : end[index],
        stride: strides[index]!,
        isShrunk,
      },
    ];
  });
  return ellipses === 1 ? entries : [...entries, ...others];
}

/** Indices and shape of what the entries select. */
function selection(entries: readonly (Range | 'new')[], shape: readonly number[]): [Int32Array, readonly number[]] {
  const steps = stridesOf(shape);
  const sizes: number[] = [];
  const strides: number[] = [];
  let offset = 0;
  let axis = 0;
  for (const entry of entries) {
    if (entry === 'new') {
      sizes.push(1);
      strides.push(0);
      continue;
    }
    const { first, count } = resolveRange(entry, shape[axis]!, axis);
    offset += first * steps[axis]!;
    if (!entry.isShrunk) {
      sizes.push(count);
      strides.push(entry.stride * steps[axis]!);
    }
    axis++;
  }
  return [stridedIndices(sizes, strides, offset), sizes];
}

function resolveRange(
  { begin, end, stride, isShrunk }: Range,
  size: number,
  axis: number,
): { first: number; count: number } {
  if (stride === 0) {
    throw invalidArgument(`strides[${axis}] must be non-zero`);
  }
  const fromFront = (at: number): number => (at < 0 ? at + size : at);
  if (isShrunk) {
    const first = fromFront(begin ?? 0);
    if (stride < 0) {
      throw invalidArgument('only stride 1 allowed on non-range indexing');
    }
    if (first < 0 || first >= size) {
      throw invalidArgument(`slice index ${begin} of dimension ${axis} out of bounds of ${formatShape([size])}`);
    }
    return { first, count: 1 };
  }
  const low = stride > 0 ? 0 : -1;
  const high = stride > 0 ? size : size - 1;
  const clamped = (at: number): number => Math.min(Math.max(fromFront(at), low), high);
  const first = begin === undefined ? (stride > 0 ? low : high) : clamped(begin);
  const last = end === undefined ? (stride > 0 ? high : low) : clamped(end);
  return { first, count: Math.max(0, Math.ceil((last - first) / stride)) };
}
