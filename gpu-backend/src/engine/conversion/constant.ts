import { createHash } from 'node:crypto';
import { type AnyTensor, byteSizeOf, type DType, elementCount } from '@tensorfleet/core';
import type { Checkpoint, TensorSlice } from '../savedmodel/checkpoint.ts';

/**
 * A tensor that is known at conversion. Variables are read when they are written out, block by block, and not kept.
 */
export interface Constant {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Equal for equal data: what is written once. */
  readonly id: string;
  /** The whole tensor; blocks the thread, may read files. Throws DATA_LOSS. */
  load(): AnyTensor;
  /** The numeric data in order, little-endian and row-major, in pieces that are valid until the next. */
  blocks(): Iterable<Uint8Array>;
}

export function tensorConstant(tensor: AnyTensor): Constant {
  const { dtype, shape } = tensor;
  let id: string | undefined;
  return {
    dtype,
    shape,
    get id() {
      id ??= `tensor ${dtype} ${shape.join('x')} ${digestOf(tensor)}`;
      return id;
    },
    load: () => tensor,
    blocks: () => [bytesOf(tensor)],
  };
}

/** The value of the variable under `key`, or the part of it that `slice` cuts out. Throws NOT_FOUND for an unknown key. */
export function variableConstant(
  checkpoint: Checkpoint,
  key: string,
  entry: { readonly dtype: DType; readonly shape: readonly number[] },
  slice?: TensorSlice,
): Constant {
  const cut = slice?.map(({ start, length }) => `${start}+${length}`).join(',') ?? '';
  return {
    dtype: entry.dtype,
    shape: slice?.map(({ length }) => length) ?? entry.shape,
    id: `variable ${key} ${cut}`,
    load: () => checkpoint.read(key, slice),
    blocks: () => (slice === undefined ? checkpoint.blocks(key) : [bytesOf(checkpoint.read(key, slice))]),
  };
}

/** The same data under another arrangement, made when it is written: `rearrange` gets the whole tensor. */
export function derivedConstant(
  source: Constant,
  what: string,
  shape: readonly number[],
  rearrange: (tensor: AnyTensor) => AnyTensor,
): Constant {
  return {
    dtype: source.dtype,
    shape,
    get id() {
      return `${what} of ${source.id}`;
    },
    load: () => rearrange(source.load()),
    blocks: () => [bytesOf(rearrange(source.load()))],
  };
}

/** Bytes of the data; 0 for strings, which never enter a graph. */
export function byteLengthOf({ dtype, shape }: Pick<Constant, 'dtype' | 'shape'>): number {
  return dtype === 'STRING' ? 0 : elementCount(shape) * byteSizeOf(dtype);
}

function bytesOf(tensor: AnyTensor): Uint8Array {
  if (tensor.dtype === 'STRING') {
    return new Uint8Array(0);
  }
  const { buffer, byteOffset, byteLength } = tensor.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function digestOf(tensor: AnyTensor): string {
  const hash = createHash('sha256');
  for (const part of tensor.dtype === 'STRING' ? tensor.data : [bytesOf(tensor)]) {
    hash.update(`${part.length}:`).update(part);
  }
  return hash.digest('hex');
}
