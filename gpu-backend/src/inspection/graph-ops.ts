import type { AttributeMap, FunctionDef, GraphDef, NodeDef } from '../engine/savedmodel/graph-def.ts';
import type { OpCount } from './model-inspection.ts';

/** The ops, the most frequent first. */
export function countOps(ops: Iterable<string>): readonly OpCount[] {
  const counts = new Map<string, number>();
  for (const op of ops) {
    counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return Array.from(counts, ([op, count]) => ({ op, count })).toSorted(
    (a, b) => b.count - a.count || (a.op < b.op ? -1 : 1),
  );
}

/**
 * The nodes that these tensors of the graph depend on, through data and control edges, and those of every function
 * that is called on the way, once for each function. Cycles of TensorFlow 1 loops are fine.
 */
export function reachableNodes(graph: GraphDef, tensors: Iterable<string>): readonly NodeDef[] {
  const found: NodeDef[] = [];
  const called = new Set<string>();
  const pending: FunctionDef[] = [];
  const visit = (nodes: readonly NodeDef[], wanted: Iterable<string>): void => {
    for (const node of nodesBefore(nodes, wanted)) {
      found.push(node);
      for (const name of functionsOf(node)) {
        const body = graph.functions.get(name);
        if (body !== undefined && !called.has(name)) {
          called.add(name);
          pending.push(body);
        }
      }
    }
  };
  visit(graph.nodes, tensors);
  for (let body = pending.pop(); body !== undefined; body = pending.pop()) {
    visit(body.nodes, [...body.returns.values(), ...body.controlReturns]);
  }
  return found;
}

function nodesBefore(nodes: readonly NodeDef[], wanted: Iterable<string>): ReadonlySet<NodeDef> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const seen = new Set<NodeDef>();
  const pending = [...wanted];
  for (let tensor = pending.pop(); tensor !== undefined; tensor = pending.pop()) {
    const node = byName.get(nodeName(tensor));
    if (node !== undefined && !seen.has(node)) {
      seen.add(node);
      pending.push(...node.inputs);
    }
  }
  return seen;
}

/** `node:0`, `node:output:0` and `^node` all name the node. */
function nodeName(tensor: string): string {
  const start = tensor.startsWith('^') ? 1 : 0;
  const colon = tensor.indexOf(':');
  return colon < 0 ? tensor.slice(start) : tensor.slice(start, colon);
}

/** An op may also be the name of a function. */
function functionsOf({ op, attributes }: NodeDef): readonly string[] {
  return [op, ...referenced(attributes)];
}

function referenced(attributes: AttributeMap): readonly string[] {
  return [...attributes.values()].flatMap((attribute) => {
    if (attribute.kind === 'function') {
      return [attribute.value.name];
    }
    return attribute.kind === 'list' ? attribute.value.functions.map(({ name }) => name) : [];
  });
}

/** Ops that read strings as files or serialized messages. */
const TAKE_BYTES =
  /^(Decode(?!Base64|CSV|JSONExample)|ParseExample|ParseSingleExample|ParseSequenceExample|ParseTensor)/;

export function takeBytes(ops: Iterable<string>): boolean {
  return Iterator.from(ops).some((op) => TAKE_BYTES.test(op));
}
