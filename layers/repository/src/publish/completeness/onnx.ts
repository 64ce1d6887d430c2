import { protobufFields } from './protobuf-fields.ts';

/** Numbers of fields in onnx.proto. */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const GRAPH_INITIALIZER = 5;
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE_TENSOR = 5;
const ATTRIBUTE_GRAPH = 6;
const TENSOR_EXTERNAL_DATA = 13;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

/** Graphs inside nodes inside graphs: deeper ones are not looked into, the load decides. */
const MAX_DEPTH = 8;

/** Paths of the files that hold tensors of an ONNX model. Throws RangeError when the bytes are no model. */
export function externalDataOfOnnx(bytes: Uint8Array): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const { number, bytes: graph } of protobufFields(bytes)) {
    if (number === MODEL_GRAPH) {
      visitGraph(graph, 0, paths);
    }
  }
  return paths;
}

function visitGraph(graph: Uint8Array, depth: number, paths: Set<string>): void {
  for (const { number, bytes } of protobufFields(graph)) {
    if (number === GRAPH_INITIALIZER) {
      visitTensor(bytes, paths);
    } else if (number === GRAPH_NODE) {
      for (const field of protobufFields(bytes)) {
        if (field.number === NODE_ATTRIBUTE) {
          visitAttribute(field.bytes, depth, paths);
        }
      }
    }
  }
}

function visitAttribute(attribute: Uint8Array, depth: number, paths: Set<string>): void {
  for (const { number, bytes } of protobufFields(attribute)) {
    if (number === ATTRIBUTE_TENSOR) {
      visitTensor(bytes, paths);
    } else if (number === ATTRIBUTE_GRAPH && depth < MAX_DEPTH) {
      visitGraph(bytes, depth + 1, paths);
    }
  }
}

function visitTensor(tensor: Uint8Array, paths: Set<string>): void {
  for (const { number, bytes } of protobufFields(tensor)) {
    if (number === TENSOR_EXTERNAL_DATA) {
      const entry = new Map(protobufFields(bytes).map((field) => [field.number, textOf(field.bytes)] as const));
      const path = entry.get(ENTRY_VALUE);
      if (entry.get(ENTRY_KEY) === 'location' && path !== undefined) {
        paths.add(path.replace(/^(\.\/)+/, ''));
      }
    }
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
