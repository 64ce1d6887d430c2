import type { FunctionDef, GraphDef, NodeDef } from '../savedmodel/graph-def.ts';
import { isControlInput, nodeOfInput, parseTensorRef } from './tensor-ref.ts';

/** A node where it runs: in the main graph, or in a function that a node called. */
export interface PlacedNode {
  readonly node: NodeDef;
  /** What data input `index` is, through arguments and identities; undefined when nothing is known of it. */
  input(index: number): PlacedTensor | undefined;
}

/** Output `index` of a node; inside functions by its name. */
export interface PlacedTensor extends PlacedNode {
  readonly output: string;
  readonly index: number;
}

/** The nodes of the main graph or of a function, with what its arguments are. */
interface Frame {
  readonly nodes: ReadonlyMap<string, NodeDef>;
  readonly parameters: ReadonlyMap<string, PlacedTensor | undefined>;
}

/** Functions that call functions: deeper ones would be recursion. */
const MAX_DEPTH = 16;

/**
 * Every node that running `roots` runs, functions included: what a SavedModel does when it is loaded, for example.
 * Nodes are not executed, their inputs are only traced back to where they come from.
 */
export function* nodesRunBy(graph: GraphDef, roots: readonly string[]): Iterable<PlacedNode> {
  yield* visit(graph, { nodes: byName(graph.nodes), parameters: new Map() }, roots, 0);
}

function* visit(graph: GraphDef, frame: Frame, roots: readonly string[], depth: number): Iterable<PlacedNode> {
  const seen = new Set<string>();
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = frame.nodes.get(nodeOfInput(name));
    if (node === undefined || seen.has(node.name)) {
      continue;
    }
    seen.add(node.name);
    waiting.push(...node.inputs);
    const placed = place(frame, node);
    yield placed;
    const called = calledFunction(graph, node);
    if (called !== undefined && depth < MAX_DEPTH) {
      const parameters = new Map(called.inputs.map((input, index) => [input.name, placed.input(index)]));
      const names = called.nodes.map((one) => one.name);
      yield* visit(graph, { nodes: byName(called.nodes), parameters }, names, depth + 1);
    }
  }
}

function byName(nodes: readonly NodeDef[]): ReadonlyMap<string, NodeDef> {
  return new Map(nodes.map((node) => [node.name, node]));
}

function place(frame: Frame, node: NodeDef): PlacedNode {
  const data = node.inputs.filter((input) => !isControlInput(input));
  return { node, input: (index) => trace(frame, data[index] ?? '') };
}

function trace(frame: Frame, input: string): PlacedTensor | undefined {
  const { node: name, output, index } = parseTensorRef(input);
  if (frame.parameters.has(name)) {
    return frame.parameters.get(name);
  }
  const node = frame.nodes.get(name);
  if (node?.op === 'Identity') {
    return trace(frame, node.inputs[0] ?? '');
  }
  return node && { ...place(frame, node), output, index };
}

function calledFunction(graph: GraphDef, node: NodeDef): FunctionDef | undefined {
  const attribute = node.attributes.get('f');
  return graph.functions.get(attribute?.kind === 'function' ? attribute.value.name : node.op);
}
