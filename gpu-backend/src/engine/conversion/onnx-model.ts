import {
  bytesField,
  encodeMessage,
  type Field,
  intField,
  messageField,
  stringElement,
  stringField,
} from '@tensorfleet/codecs';
import type { DType } from '@tensorfleet/core';
import type { Constant } from './constant.ts';
import type { GraphBuilder, OnnxAttribute, OnnxNode, OnnxValueInfo } from './graph-builder.ts';
import type { Shape } from './value.ts';

/** Encoding of onnx.ModelProto. Field numbers are those of onnx.proto3. */

/** The version of the operators: what ONNX Runtime 1.30 has kernels and optimizations for. */
const OPSET = 20;
const ML_OPSET = 4;
const IR_VERSION = 9;

/** onnx.TensorProto.DataType; BF16 is held as FP32, strings never enter a graph. */
export const ONNX_DTYPE: Readonly<Record<Exclude<DType, 'STRING'>, number>> = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  BOOL: 9,
  FP16: 10,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
  BF16: 1,
};

/** Number of ONNX's own bfloat16, for the casts that round to it. */
export const ONNX_BFLOAT16 = 16;

/** Where an initializer's bytes are. */
export type Placed =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly file: string; readonly offset: number; readonly length: number };

export interface OnnxModelParts {
  readonly graph: GraphBuilder;
  /** Nodes that are needed; of bodies all are. */
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValueInfo[];
  /** Values that go by another name in the file. */
  readonly renamed: ReadonlyMap<string, string>;
  place(constant: Constant): Placed;
}

/** The bytes of an .onnx file. */
export function encodeOnnxModel(parts: OnnxModelParts): Uint8Array {
  return encodeMessage([
    intField(1, IR_VERSION),
    stringField(2, 'tensorfleet'),
    messageField(7, graphFields(parts, parts.graph, parts.nodes, parts.inputs)),
    opset('', OPSET),
    opset('ai.onnx.ml', ML_OPSET),
    opset('com.microsoft', 1),
  ]);
}

function opset(domain: string, version: number): Field {
  return messageField(8, [stringField(1, domain), intField(2, version)]);
}

function graphFields(
  parts: OnnxModelParts,
  graph: GraphBuilder,
  nodes: readonly OnnxNode[],
  inputs: readonly OnnxValueInfo[],
): readonly Field[] {
  const used = new Set(usedNames(nodes));
  for (const { name } of graph.outputs) {
    used.add(name);
  }
  const initializers = graph.initializers.filter(({ name }) => used.has(name));
  return [
    ...nodes.map((node) => messageField(1, nodeFields(parts, node))),
    stringField(2, graph.parent === undefined ? 'graph' : 'body'),
    ...initializers.map(({ name, constant }) =>
      messageField(5, initializerFields(name, constant, parts.place(constant))),
    ),
    ...inputs.map((info) => messageField(11, valueInfoFields(parts, info))),
    ...graph.outputs.map((info) => messageField(12, valueInfoFields(parts, info))),
  ];
}

/** Every name that `nodes` read, those of their bodies included. */
export function* usedNames(nodes: readonly OnnxNode[]): Iterable<string> {
  for (const { inputs, attributes } of nodes) {
    yield* inputs;
    for (const value of Object.values(attributes)) {
      if (typeof value === 'object' && 'graph' in value) {
        yield* usedNames(value.graph.nodes);
        yield* value.graph.outputs.map(({ name }) => name);
      }
    }
  }
}

function nodeFields(parts: OnnxModelParts, node: OnnxNode): readonly Field[] {
  const rename = (name: string): string => parts.renamed.get(name) ?? name;
  return [
    ...node.inputs.map((name) => stringElement(1, rename(name))),
    ...node.outputs.map((name) => stringElement(2, rename(name))),
    stringField(3, node.name),
    stringField(4, node.type),
    ...Object.entries(node.attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [messageField(5, [stringField(1, name), ...attributeFields(parts, value)])],
    ),
    stringField(7, node.domain),
  ];
}

/** AttributeProto: value and type (FLOAT 1, INT 2, STRING 3, GRAPH 5, FLOATS 6, INTS 7, STRINGS 8). */
function attributeFields(parts: OnnxModelParts, value: OnnxAttribute): readonly Field[] {
  if (typeof value === 'number') {
    return [int64Field(3, value), intField(20, 2)];
  }
  if (typeof value === 'string') {
    return [stringElement(4, value), intField(20, 3)];
  }
  if (isList(value)) {
    return [...value.map((one) => int64Field(8, one)), intField(20, 7)];
  }
  if ('float' in value) {
    return [floatField(2, value.float), intField(20, 1)];
  }
  if ('floats' in value) {
    return [...value.floats.map((one) => floatField(7, one)), intField(20, 6)];
  }
  if ('strings' in value) {
    return [...value.strings.map((one) => stringElement(9, one)), intField(20, 8)];
  }
  const { graph } = value;
  return [messageField(6, graphFields(parts, graph, graph.nodes, graph.inputs)), intField(20, 5)];
}

function isList(value: OnnxAttribute): value is readonly number[] {
  return Array.isArray(value);
}

function initializerFields(name: string, { dtype, shape }: Constant, placed: Placed): readonly Field[] {
  const type = dtype === 'STRING' ? 8 : ONNX_DTYPE[dtype];
  const head = [...shape.map((size) => int64Field(1, size)), intField(2, type), stringField(8, name)];
  if (placed.kind === 'inline') {
    return [...head, bytesField(9, placed.bytes)];
  }
  const entries = { location: placed.file, offset: String(placed.offset), length: String(placed.length) };
  return [
    ...head,
    ...Object.entries(entries).map(([key, text]) => messageField(13, [stringField(1, key), stringField(2, text)])),
    intField(14, 1),
  ];
}

function valueInfoFields(parts: OnnxModelParts, { name, dtype, shape }: OnnxValueInfo): readonly Field[] {
  const element = intField(1, dtype === 'STRING' ? 8 : ONNX_DTYPE[dtype]);
  const tensor = shape === null ? [element] : [element, shapeField(shape)];
  return [stringField(1, parts.renamed.get(name) ?? name), messageField(2, [messageField(1, tensor)])];
}

function shapeField(shape: NonNullable<Shape>): Field {
  const dimension = (size: number | null): Field => messageField(1, size === null ? [] : [int64Field(1, size)]);
  return messageField(2, shape.map(dimension));
}

/** An int64 that is written also when it is 0: in lists and for dimensions, 0 is not the same as nothing. */
function int64Field(field: number, value: number): Field {
  const written = intField(field, value);
  return written.size > 0 ? written : { size: 2, write: (writer) => writer.raw(Uint8Array.of(field << 3, 0)) };
}

function floatField(field: number, value: number): Field {
  const bytes = new Uint8Array(5);
  bytes[0] = (field << 3) | 5;
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return { size: bytes.length, write: (writer) => writer.raw(bytes) };
}
