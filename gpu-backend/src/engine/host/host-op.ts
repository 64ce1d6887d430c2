import type { AnyTensor } from '@tensorfleet/core';

/** A node's attributes as JSON: dtypes by core's names, shapes as lists with null, byte strings as UTF-8 text. */
export type HostAttributes = Readonly<Record<string, HostAttribute>>;
export type HostAttribute = string | number | boolean | null | readonly HostAttribute[];

/**
 * Computes one node. Inputs and outputs are TensorFlow's, in its order and dtypes; outputs may share data with inputs.
 * Throws INVALID_ARGUMENT where TensorFlow would, with its words as far as they help.
 */
export type HostKernel = (inputs: readonly AnyTensor[]) => readonly AnyTensor[] | Promise<readonly AnyTensor[]>;

/**
 * An operator that runs in TypeScript because ONNX cannot express it: strings, examples, tables, pictures.
 * Called once when a model is loaded, with the inputs that are constants (undefined for the others).
 * Throws UNIMPLEMENTED for attributes it does not cover: the conversion calls it too, to know before a request does.
 */
export type HostOp = (attributes: HostAttributes, constants: readonly (AnyTensor | undefined)[]) => HostKernel;
