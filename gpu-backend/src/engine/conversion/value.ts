import type { AnyTensor, DType } from '@tensorfleet/core';
import type { Constant } from './constant.ts';
import type { GraphBuilder } from './graph-builder.ts';

/** Static shape: null dimensions are unknown, a null shape has an unknown rank. */
export type Shape = readonly (number | null)[] | null;

/**
 * Known elements in row-major order, null where unknown: numbers of the tensor's dtype, booleans as 0 and 1.
 * Shape arithmetic with a free batch folds through these. Integers beyond 2^53 are unknown.
 */
export type Elements = readonly (number | null)[];

/** Where a tensor's data comes from when the program runs. */
export type Place =
  | { readonly kind: 'constant'; readonly constant: Constant }
  /** A value of an ONNX graph: of a stage, or of a loop's or branch's body inside one. */
  | { readonly kind: 'graph'; readonly graph: GraphBuilder; readonly name: string }
  /** A slot that a request or a host step fills; `stage` is even. */
  | { readonly kind: 'slot'; readonly stage: number; readonly slot: string };

export interface TensorValue {
  readonly kind: 'tensor';
  /** TensorFlow's. BF16 is held as FP32 in ONNX graphs, rounded after every op as TensorFlow does. */
  readonly dtype: DType;
  readonly shape: Shape;
  readonly elements?: Elements;
  readonly place: Place;
}

/** COMPLEX64 as ONNX has it: FP32 with real and imaginary parts in a last dimension of 2 that TensorFlow does not see. */
export interface ComplexValue {
  readonly kind: 'complex';
  readonly pair: TensorValue;
}

/** A variable by its handle. */
export interface VariableValue {
  readonly kind: 'variable';
  readonly node: string;
  /** What the checkpoint restores it to, and what it stays unless it `changes`. */
  readonly constant: Constant;
  /** Whether a signature assigns to it. */
  readonly changes: boolean;
  /** A variable of TensorFlow 1: who takes it for a tensor reads it. */
  readonly isReference: boolean;
}

/** A lookup table that is filled once, when the model is loaded. */
export interface TableValue {
  readonly kind: 'table';
  readonly node: string;
  readonly keys: AnyTensor;
  readonly values: AnyTensor;
}

/** A TensorList, or the flow of a TensorArray: as TensorFlow's, a value that is never changed but copied. */
export interface ListValue {
  readonly kind: 'list';
  readonly dtype: DType;
  /** As TensorFlow was told, INT32 or INT64: a vector with -1 for sizes that may differ, or the scalar -1 for any rank. */
  readonly elementShape: TensorValue;
  /** Of an array: writing beyond its end makes it longer. */
  readonly isGrowing?: boolean;
  readonly content: ListContent;
}

export type ListContent =
  /** Undefined: not set, which reads as zeros. */
  | { readonly form: 'items'; readonly items: readonly (TensorValue | undefined)[] }
  /** INT32 or INT64 scalar: so many elements, of which only those in `front` are set. */
  | { readonly form: 'reserved'; readonly length: TensorValue; readonly front: readonly TensorValue[] }
  /** [length, ...element]; `written` when a loop set them, all of them when undefined. */
  | { readonly form: 'stacked'; readonly tensor: TensorValue; readonly written?: Written }
  /** In a loop's body: what each iteration sets one element of, before and after it did. */
  | { readonly form: 'collecting' }
  | { readonly form: 'collected'; readonly item: TensorValue };

/** How many elements of a list a loop has set: an INT64 scalar, and whether it is the length of the list. */
export interface Written {
  readonly count: TensorValue;
  readonly isAll: boolean;
}

/** What a refused node computes; nodes that read it say nothing themselves. */
export interface RefusedValue {
  readonly kind: 'refused';
}

export type Value = TensorValue | ComplexValue | VariableValue | TableValue | ListValue | RefusedValue;

export const REFUSED: RefusedValue = { kind: 'refused' };

/** The elements when all are known. */
export function allElements(value: TensorValue): readonly number[] | undefined {
  return value.elements?.every((element) => element !== null) ? (value.elements as readonly number[]) : undefined;
}

/** A tensor whose data is known at conversion, of any dtype and size; undefined for all others. */
export function constantOf(value: TensorValue): Constant | undefined {
  return value.place.kind === 'constant' ? value.place.constant : undefined;
}
