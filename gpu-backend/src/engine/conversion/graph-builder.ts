import { type DType, internal } from '@tensorfleet/core';
import { byteLengthOf, type Constant } from './constant.ts';
import { UniqueNames } from './unique-names.ts';
import type { Shape } from './value.ts';

/** An attribute of an ONNX node. Whole numbers are INT unless wrapped as `{ float }`. */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly graph: GraphBuilder };

export type OnnxAttributes = Readonly<Record<string, OnnxAttribute | undefined>>;

export interface OnnxNode {
  readonly type: string;
  readonly domain: string;
  /** Begins with the TensorFlow node it was made for: ONNX Runtime's errors show it, and want it unique. */
  readonly name: string;
  /** An empty name is an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/**
 * One ONNX graph in the making: that of a stage, or a loop's or branch's body inside one.
 *
 * Bodies see the names of the graphs around them, so names are unique in a stage and constants stand in its outermost
 * graph. Nodes are kept in the order of emission, which is topological: a body is complete before its Loop or If is.
 */
export class GraphBuilder {
  readonly parent: GraphBuilder | undefined;
  readonly nodes: OnnxNode[] = [];
  readonly inputs: OnnxValueInfo[] = [];
  readonly outputs: OnnxValueInfo[] = [];
  readonly #names: UniqueNames;
  readonly #initializers = new Map<string, { readonly name: string; readonly constant: Constant }>();

  /** `reserved`: names that are taken from the start. */
  constructor(parent?: GraphBuilder, reserved: Iterable<string> = []) {
    this.parent = parent;
    this.#names = parent === undefined ? new UniqueNames(reserved) : parent.#names;
  }

  get root(): GraphBuilder {
    return this.parent?.root ?? this;
  }

  get initializers(): readonly { readonly name: string; readonly constant: Constant }[] {
    return [...this.#initializers.values()];
  }

  /** Whether names of `other` are visible here. */
  isInside(other: GraphBuilder): boolean {
    return this === other || (this.parent?.isInside(other) ?? false);
  }

  /** A name that is not taken in this stage, made of `hint`. */
  uniqueName(hint: string): string {
    return this.#names.take(hint);
  }

  /** Appends a node and returns the names of its outputs. */
  add(
    type: string,
    name: string,
    inputs: readonly string[],
    outputs: number,
    attributes: OnnxAttributes = {},
    domain = '',
  ): readonly string[] {
    const names = Array.from({ length: outputs }, () => this.uniqueName(`${name}/${type}`));
    this.nodes.push({ type, domain, name: names[0] ?? name, inputs, outputs: names, attributes });
    return names;
  }

  /** The name of `constant` as an initializer; equal constants share one. */
  initializer(constant: Constant): string {
    const root = this.root;
    if (root !== this) {
      return root.initializer(constant);
    }
    if (constant.dtype === 'STRING') {
      throw internal('a string constant has no place in an ONNX graph');
    }
    const known = this.#initializers.get(constant.id);
    if (known !== undefined) {
      return known.name;
    }
    const name = this.uniqueName(byteLengthOf(constant) > 64 ? 'weight' : 'constant');
    this.#initializers.set(constant.id, { name, constant });
    return name;
  }
}
