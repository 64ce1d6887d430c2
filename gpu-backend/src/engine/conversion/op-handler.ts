import type { DType } from '@tensorfleet/core';
import type { Op } from './op.ts';
import type { Elements, Value } from './value.ts';

/** Emits what a node means and returns its outputs in order. Throws UNIMPLEMENTED to refuse. */
export type OpHandler = (op: Op) => Value | readonly Value[];

/** By TensorFlow's name of the op. */
export type OpTable = Readonly<Record<string, OpHandler>>;

/** The first output as far as it is known at conversion; undefined when nothing is. */
export type OpFold = (op: Op) => KnownTensor | undefined;

export interface KnownTensor {
  readonly dtype: Exclude<DType, 'STRING'>;
  readonly shape: readonly number[];
  readonly elements: Elements;
}

export type FoldTable = Readonly<Record<string, OpFold>>;
