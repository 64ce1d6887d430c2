import { type AnyTensor, unimplemented } from '@tensorfleet/core';
import type { FunctionDef, GraphDef, NodeDef } from '../savedmodel/graph-def.ts';
import { Attributes } from './attributes.ts';
import { isControlInput, nodeOfInput, parseTensorRef } from './tensor-ref.ts';

/** The node that fills a table, with where its inputs come from. */
export interface TableInitializer {
  readonly op: string;
  readonly attributes: Attributes;
  /** The constants that are inputs 1, 2...; undefined for an input that is computed. */
  readonly inputs: readonly (NodeDef | undefined)[];
}

const INITIALIZERS: ReadonlySet<string> = new Set([
  'InitializeTable',
  'InitializeTableV2',
  'InitializeTableFromTextFile',
  'InitializeTableFromTextFileV2',
  'LookupTableImport',
  'LookupTableImportV2',
]);

/** Nodes of the main graph or of a function, with what its arguments are. */
interface Frame {
  readonly nodes: ReadonlyMap<string, NodeDef>;
  readonly parameters: ReadonlyMap<string, NodeDef | undefined>;
}

/** Functions that call functions: deeper ones would be recursion. */
const MAX_DEPTH = 16;

/** By name of the table's node in the main graph: what `initOp` runs, functions included, to fill it. */
export function tableInitializers(graph: GraphDef, initOp: string): ReadonlyMap<string, TableInitializer> {
  const found = new Map<string, TableInitializer>();
  const main: Frame = { nodes: nodesOf(graph.nodes), parameters: new Map() };
  visit(graph, main, [initOp], found, 0);
  return found;
}

function visit(
  graph: GraphDef,
  frame: Frame,
  wanted: Iterable<string>,
  found: Map<string, TableInitializer>,
  depth: number,
): void {
  const seen = new Set<string>();
  const waiting = [...wanted];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = frame.nodes.get(nodeOfInput(name));
    if (node === undefined || seen.has(node.name)) {
      continue;
    }
    seen.add(node.name);
    waiting.push(...node.inputs);
    const data = node.inputs.filter((input) => !isControlInput(input));
    const sources = data.map((input) => sourceOf(frame, input));
    if (INITIALIZERS.has(node.op)) {
      const [table, ...inputs] = sources;
      if (table !== undefined) {
        found.set(table.name, { op: node.op, attributes: new Attributes(node.attributes), inputs });
      }
    }
    const called = calledFunction(graph, node);
    if (called !== undefined && depth < MAX_DEPTH) {
      const parameters = new Map(called.inputs.map((input, index) => [input.name, sources[index]]));
      const names = [...called.returns.values(), ...called.controlReturns, ...called.nodes.map((one) => one.name)];
      visit(graph, { nodes: nodesOf(called.nodes), parameters }, names, found, depth + 1);
    }
  }
}

function nodesOf(nodes: readonly NodeDef[]): ReadonlyMap<string, NodeDef> {
  return new Map(nodes.map((node) => [node.name, node]));
}

function calledFunction(graph: GraphDef, node: NodeDef): FunctionDef | undefined {
  const attribute = node.attributes.get('f');
  return graph.functions.get(attribute?.kind === 'function' ? attribute.value.name : node.op);
}

/** The node whose output `input` is, through arguments and identities; only its first output has a source. */
function sourceOf(frame: Frame, input: string): NodeDef | undefined {
  const { node: name, index } = parseTensorRef(input);
  if (frame.parameters.has(name)) {
    return frame.parameters.get(name);
  }
  const node = frame.nodes.get(name);
  if (node?.op === 'Identity') {
    return sourceOf(frame, node.inputs[0] ?? '');
  }
  return index === 0 ? node : undefined;
}

/** The tensor of a constant. Throws UNIMPLEMENTED for an input that is computed. */
export function constantInput(initializer: TableInitializer, index: number): AnyTensor {
  const node = initializer.inputs[index];
  if (node?.op !== 'Const') {
    throw unimplemented(
      `the table is filled from ${node === undefined ? 'what is computed' : node.op}, not a constant`,
    );
  }
  return new Attributes(node.attributes).tensor('value');
}
