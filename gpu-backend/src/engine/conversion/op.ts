import {
  type AnyTensor,
  allocate,
  bfloat16Bits,
  bfloat16Value,
  type DType,
  elementCount,
  type NumericDType,
  unimplemented,
} from '@tensorfleet/core';
import type { FunctionDef, GraphShape, NodeDef } from '../savedmodel/graph-def.ts';
import type { Attributes } from './attributes.ts';
import { type Constant, tensorConstant } from './constant.ts';
import type { OnnxAttributes } from './graph-builder.ts';
import { ONNX_BFLOAT16, ONNX_DTYPE } from './onnx-model.ts';
import type { Resources } from './resources.ts';
import type { Scope } from './scope.ts';
import { broadcastShapes } from './shape.ts';
import { allElements, constantOf, type Shape, type TensorValue, type Value } from './value.ts';

/** What an emitted node's outputs are, where the defaults do not hold. */
export interface EmitOptions {
  readonly attributes?: OnnxAttributes;
  /** Default: that of the first input. */
  readonly dtype?: DType;
  /** Default: unknown; the shape that TensorFlow recorded for a node's outputs is added by the converter. */
  readonly shape?: Shape;
  readonly domain?: string;
}

/** Runs a function on values: one of the graph's library by its name, or any. */
export type CallFunction = (called: string | FunctionDef, inputs: readonly Value[], scope: Scope) => readonly Value[];

type OpParts = Pick<
  Op,
  'node' | 'attributes' | 'inputs' | 'scope' | 'call' | 'functions' | 'resources' | 'outputShapes'
>;

/**
 * One node being converted: what a handler reads, and the ONNX nodes it emits in its place.
 * Whatever it throws as UNIMPLEMENTED refuses the node.
 */
export class Op {
  readonly node: NodeDef;
  readonly attributes: Attributes;
  readonly inputs: readonly Value[];
  readonly scope: Scope;
  readonly call: CallFunction;
  /** The graph's library. */
  readonly functions: ReadonlyMap<string, FunctionDef>;
  readonly resources: Resources;
  /** The shapes that TensorFlow recorded for the outputs; missing ones are unknown. */
  readonly outputShapes: readonly GraphShape[];

  constructor(parts: OpParts) {
    this.node = parts.node;
    this.attributes = parts.attributes;
    this.inputs = parts.inputs;
    this.scope = parts.scope;
    this.call = parts.call;
    this.functions = parts.functions;
    this.resources = parts.resources;
    this.outputShapes = parts.outputShapes;
  }

  /** The same node, emitting elsewhere. */
  within(scope: Scope): Op {
    return new Op({ ...(this as OpParts), scope });
  }

  /** The same node, reading other values. */
  withInputs(inputs: readonly Value[]): Op {
    return new Op({ ...(this as OpParts), inputs });
  }

  /** Throws UNIMPLEMENTED: this node cannot be converted, because of `reason`. */
  refuse(reason: string): never {
    throw unimplemented(reason);
  }

  value(index: number): Value {
    return this.inputs[index] ?? this.refuse(`input ${index} is missing`);
  }

  /** Input `index`; refused when it is no tensor. */
  tensor(index: number): TensorValue {
    const value = this.value(index);
    return value.kind === 'tensor' ? value : this.refuse(`input ${index} is a ${value.kind}, not a tensor`);
  }

  tensors(start = 0, end = this.inputs.length): readonly TensorValue[] {
    return Array.from({ length: end - start }, (_, index) => this.tensor(start + index));
  }

  /** The rank of a value; refused when it is unknown. */
  rank(value: TensorValue): number {
    return value.shape?.length ?? this.refuse(`the rank of ${this.#describe(value)} is unknown`);
  }

  /** Known elements of input `index`; refused when one is unknown. */
  elements(index: number): readonly number[] {
    return allElements(this.tensor(index)) ?? this.refuse(`input ${index} depends on the request`);
  }

  /** The only element of input `index`, as `elements`. */
  element(index: number): number {
    const elements = this.elements(index);
    const [element] = elements;
    return elements.length === 1 && element !== undefined ? element : this.refuse(`input ${index} is no scalar`);
  }

  /** An input whose data is known at conversion, such as a weight; refused for others. */
  constant(index: number): Constant {
    return constantOf(this.tensor(index)) ?? this.refuse(`input ${index} is not constant`);
  }

  /** Emits an ONNX node with one output. Undefined inputs are left out. */
  emit(type: string, inputs: readonly (TensorValue | undefined)[], options: EmitOptions = {}): TensorValue {
    const [output] = this.emitMany(type, inputs, [options]);
    return output ?? this.refuse('no output'); // one was asked for
  }

  /** Emits an ONNX node with several outputs; attributes and domain are those of the first entry. */
  emitMany(
    type: string,
    inputs: readonly (TensorValue | undefined)[],
    outputs: readonly EmitOptions[],
  ): readonly TensorValue[] {
    const { scope } = this;
    if (inputs.some((input) => input?.dtype === 'STRING')) {
      return this.refuse('it is not supported for strings');
    }
    const graph = scope.graphFor(inputs);
    const names = inputs.map((input) => (input === undefined ? '' : scope.nameIn(graph, input)));
    const { attributes = {}, domain = '' } = outputs[0] ?? {};
    const made = graph.add(type, this.node.name, names, outputs.length, attributes, domain);
    return outputs.map(({ dtype, shape = null }, index) => ({
      kind: 'tensor',
      dtype: dtype ?? inputs.find((input) => input !== undefined)?.dtype ?? 'FP32',
      shape,
      place: { kind: 'graph', graph, name: made[index] ?? '' },
    }));
  }

  /** An elementwise node over both, with the broadcast shape. */
  binary(type: string, a: TensorValue, b: TensorValue, options: EmitOptions = {}): TensorValue {
    return this.emit(type, [a, b], { shape: broadcastShapes(a.shape, b.shape), ...options });
  }

  /** An elementwise node that keeps the shape. */
  unary(type: string, x: TensorValue, options: EmitOptions = {}): TensorValue {
    return this.emit(type, [x], { shape: x.shape, ...options });
  }

  /** A constant tensor of these numbers (bigints for 64-bit dtypes are made of them). */
  constantOf(dtype: NumericDType, shape: readonly number[], numbers: readonly number[]): TensorValue {
    return constantValue(tensorConstant(numericTensor(dtype, shape, numbers)));
  }

  scalar(dtype: NumericDType, number: number): TensorValue {
    return this.constantOf(dtype, [], [number]);
  }

  /** INT64 of rank 1: what ONNX takes for axes, shapes, starts and ends. */
  int64s(numbers: readonly number[]): TensorValue {
    return this.constantOf('INT64', [numbers.length], numbers);
  }

  /** `value` in another dtype, as ONNX casts. A cast to BF16 rounds. */
  cast(value: TensorValue, dtype: DType): TensorValue {
    if (value.dtype === dtype) {
      return value;
    }
    if (dtype === 'STRING' || value.dtype === 'STRING') {
      return this.refuse('strings cannot be cast');
    }
    const wide = this.unary('Cast', value, { dtype, attributes: { to: ONNX_DTYPE[dtype] } });
    return dtype === 'BF16' ? this.roundToBfloat16(wide) : wide;
  }

  /** Rounds what is held as FP32 to the nearest bfloat16. */
  roundToBfloat16(value: TensorValue): TensorValue {
    const rounded = this.unary('Cast', value, { attributes: { to: ONNX_BFLOAT16 } });
    return this.unary('Cast', rounded, { attributes: { to: ONNX_DTYPE.FP32 } });
  }

  /** `value` with another shape; sizes as in ONNX with allowzero: -1 stands for what is left. */
  reshape(value: TensorValue, shape: readonly number[]): TensorValue {
    return this.emit('Reshape', [value, this.int64s(shape)], {
      attributes: { allowzero: 1 },
      shape: shape.map((size) => (size < 0 ? null : size)),
    });
  }

  /** `value` with its dimensions in another order: output dimension i is input dimension `order[i]`. */
  transpose(value: TensorValue, order: readonly number[]): TensorValue {
    const { shape } = value;
    return this.emit('Transpose', [value], {
      attributes: { perm: order },
      shape: shape === null ? null : order.map((axis) => shape[axis] ?? null),
    });
  }

  /** The sizes of `value` in the graph: INT64 of rank 1. */
  shapeOf(value: TensorValue): TensorValue {
    if (value.shape?.every((size) => size !== null)) {
      return this.int64s(value.shape as readonly number[]);
    }
    return this.emit('Shape', [value], { dtype: 'INT64', shape: [value.shape?.length ?? null] });
  }

  #describe(value: TensorValue): string {
    const index = this.inputs.indexOf(value);
    return index < 0 ? 'an intermediate value' : `input ${index}`;
  }
}

/** The tensor value of a constant, with its elements where they are few enough to matter. */
export function constantValue(constant: Constant): TensorValue {
  const value = { kind: 'tensor', dtype: constant.dtype, shape: constant.shape } as const;
  const place = { kind: 'constant', constant } as const;
  const few = constant.dtype !== 'STRING' && elementCount(constant.shape) <= MAX_ELEMENTS;
  return few ? { ...value, elements: elementsOf(constant.load()), place } : { ...value, place };
}

/** Shapes and axes are short; longer tensors are data. */
export const MAX_ELEMENTS = 1024;

function elementsOf(tensor: AnyTensor): readonly (number | null)[] {
  if (tensor.dtype === 'STRING') {
    return [];
  }
  return Array.from(tensor.data as ArrayLike<number | bigint>, (element) => {
    const number = tensor.dtype === 'BF16' ? bfloat16Value(Number(element)) : Number(element);
    return typeof element === 'bigint' && !Number.isSafeInteger(number) ? null : number;
  });
}

/** A tensor of the dtype's own array class. */
export function numericTensor(dtype: NumericDType, shape: readonly number[], numbers: readonly number[]): AnyTensor {
  const is64 = dtype === 'INT64' || dtype === 'UINT64';
  const stored = dtype === 'BF16' ? numbers.map(bfloat16Bits) : is64 ? numbers.map(BigInt) : numbers;
  const data = allocate(dtype, stored.length) as unknown as (number | bigint)[];
  stored.forEach((value, index) => {
    data[index] = value;
  });
  return { dtype, shape, data } as unknown as AnyTensor; // allocated for the dtype, whose elements `stored` holds
}
