import type { AnyTensor } from '@tensorfleet/core';

/** TensorFlow's graph as plain values, whichever encoding (binary or text) it came from. */

/** Dimensions of -1 in the file are null; a shape of unknown rank is null as a whole. */
export type GraphShape = readonly (number | null)[] | null;

/** A function by name, with its attributes. */
export interface FunctionReference {
  readonly name: string;
  readonly attributes: AttributeMap;
}

/** tensorflow.AttrValue. A list keeps one array per kind, all but one of them empty. */
export type AttributeValue =
  | { readonly kind: 'string'; readonly value: Uint8Array }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** A tensorflow.DataType number. */
  | { readonly kind: 'type'; readonly value: number }
  | { readonly kind: 'shape'; readonly value: GraphShape }
  /** Decoded when asked for: most are small, some are most of the file. Throws DATA_LOSS, or UNIMPLEMENTED for its dtype. */
  | { readonly kind: 'tensor'; readonly load: () => AnyTensor }
  | { readonly kind: 'function'; readonly value: FunctionReference }
  | { readonly kind: 'placeholder'; readonly value: string }
  | { readonly kind: 'list'; readonly value: AttributeList };

export interface AttributeList {
  readonly strings: readonly Uint8Array[];
  readonly ints: readonly bigint[];
  readonly floats: readonly number[];
  readonly bools: readonly boolean[];
  readonly types: readonly number[];
  readonly shapes: readonly GraphShape[];
  readonly tensors: readonly (() => AnyTensor)[];
  readonly functions: readonly FunctionReference[];
}

export type AttributeMap = ReadonlyMap<string, AttributeValue>;

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  /** `node`, `node:1`, in functions `node:output_name:1`; control inputs begin with `^` and stand last. */
  readonly inputs: readonly string[];
  readonly attributes: AttributeMap;
}

/** tensorflow.OpDef.ArgDef, as far as the number of tensors behind one name depends on it. */
export interface ArgumentDef {
  readonly name: string;
  /** tensorflow.DataType, 0 when an attribute says it. */
  readonly type: number;
  /** The attribute that says the type; empty when `type` does. */
  readonly typeAttribute: string;
  /** The attribute that says how many tensors stand behind this name; empty for one. */
  readonly numberAttribute: string;
  /** The list(type) attribute with one entry per tensor behind this name; empty for one. */
  readonly typeListAttribute: string;
}

export interface OpDef {
  readonly name: string;
  readonly outputs: readonly ArgumentDef[];
}

export interface FunctionDef {
  readonly name: string;
  readonly inputs: readonly ArgumentDef[];
  readonly outputs: readonly ArgumentDef[];
  readonly attributes: AttributeMap;
  readonly nodes: readonly NodeDef[];
  /** By name of an output: the tensor in the body (`node:output_name:0`) that it is. */
  readonly returns: ReadonlyMap<string, string>;
  /** Nodes that must run although nothing reads them. */
  readonly controlReturns: readonly string[];
}

export interface GraphDef {
  readonly nodes: readonly NodeDef[];
  readonly functions: ReadonlyMap<string, FunctionDef>;
  /** `versions.producer`: what the meaning of some old ops depends on. */
  readonly producer: number;
}
