import type { AnyTensor } from '@tensorfleet/core';
import type { AttributeValue, GraphDef, NodeDef } from '../../gpu-backend/src/engine/savedmodel/graph-def.ts';

/** A node of a graph that a test writes down. */
export function node(
  op: string,
  name: string,
  inputs: readonly string[] = [],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): NodeDef {
  return { op, name, inputs, attributes: new Map(Object.entries(attributes)) };
}

export function constNode(name: string, value: AnyTensor): NodeDef {
  return node('Const', name, [], { value: { kind: 'tensor', load: () => value } });
}

export function graphOf(...nodes: readonly NodeDef[]): GraphDef {
  return { nodes, functions: new Map(), producer: 1987 };
}
