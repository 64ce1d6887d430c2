import type { NodeDef } from '../savedmodel/graph-def.ts';
import { withoutLegacyBranches } from './control-flow/legacy-branches.ts';
import { type Register, withoutLegacyLoops } from './control-flow/legacy-loops.ts';
import { isControlInput } from './tensor-ref.ts';

/**
 * The nodes of a graph or function by name, as they are executed: with loops and branches of TensorFlow 1 as ops that
 * call functions.
 */
export function preparedNodes(nodes: readonly NodeDef[], register: Register): ReadonlyMap<string, NodeDef> {
  let graph: ReadonlyMap<string, NodeDef> = new Map(nodes.map((node) => [node.name, withoutLog(node)]));
  // Loops are in the way of the branches around them, and branches of the loops around them.
  for (let before: typeof graph | undefined; before !== graph; ) {
    before = graph;
    graph = withoutLegacyLoops(withoutLegacyBranches(graph, register), register);
  }
  return graph;
}

/** A node that only writes to a log does nothing here, and what makes its text is not needed. */
function withoutLog(node: NodeDef): NodeDef {
  return node.op === 'PrintV2' ? { ...node, op: 'NoOp', inputs: node.inputs.filter(isControlInput) } : node;
}
