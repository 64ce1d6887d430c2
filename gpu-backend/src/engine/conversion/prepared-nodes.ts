import type { NodeDef } from '../savedmodel/graph-def.ts';
import { isControlInput } from './tensor-ref.ts';

/** The nodes of a graph or function by name, as they are executed. */
export function preparedNodes(nodes: readonly NodeDef[]): ReadonlyMap<string, NodeDef> {
  return new Map(nodes.map((node) => [node.name, withoutLog(node)]));
}

/** A node that only writes to a log does nothing here, and what makes its text is not needed. */
function withoutLog(node: NodeDef): NodeDef {
  return node.op === 'PrintV2' ? { ...node, op: 'NoOp', inputs: node.inputs.filter(isControlInput) } : node;
}
