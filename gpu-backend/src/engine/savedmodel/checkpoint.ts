import type { AnyTensor, DType } from '@tensorfleet/core';

export interface CheckpointEntry {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Part of a tensor: per dimension its first index and its length. */
export type TensorSlice = readonly { readonly start: number; readonly length: number }[];

/**
 * The weights of a model. Everything blocks the calling thread and throws DATA_LOSS that names file, key and place
 * when bytes are missing or their checksum is wrong.
 */
export interface Checkpoint extends Disposable {
  /** By key; dtypes that tensors here cannot hold are left out. */
  readonly entries: ReadonlyMap<string, CheckpointEntry>;
  /** A tensor, or part of one; it may be put together from slices. Throws NOT_FOUND for an unknown key. */
  read(key: string, slice?: TensorSlice): AnyTensor;
  /** The bytes of a numeric tensor in order (little-endian, row-major), in pieces of a few MiB; each is valid until the next. */
  blocks(key: string): Iterable<Uint8Array>;
}
