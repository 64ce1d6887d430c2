import type { ArgumentDef, AttributeValue, FunctionDef, NodeDef } from '../../savedmodel/graph-def.ts';
import { Attributes } from '../attributes.ts';
import { isControlInput, nodeOfInput, outputIndex, parseTensorRef } from '../tensor-ref.ts';

export type Nodes = ReadonlyMap<string, NodeDef>;

/** What TensorFlow 1 makes loops and branches of. */
const MACHINERY = new Set('Enter Exit NextIteration LoopCond Merge Switch'.split(' '));

export function isMachinery(node: NodeDef | undefined): boolean {
  return node !== undefined && MACHINERY.has(node.op.replace(/^Ref/, ''));
}

/** `node:index` of a tensor that an input names, however it does. */
export function tensorKey(nodes: Nodes, input: string): string {
  const ref = parseTensorRef(input);
  const node = nodes.get(ref.node);
  const index = node === undefined ? ref.index : outputIndex(ref, node, new Attributes(node.attributes), undefined);
  return `${ref.node}:${index ?? ref.index}`;
}

/** Thrown away when part of a graph is not what TensorFlow's loops and branches look like. */
export class NotStructured extends Error {}

/**
 * The part of a graph that computes `results` from `args`, as a function. `args`: by `node:index` the name of the
 * argument. Throws NotStructured where other machinery is in the way.
 */
export function slicedFunction(
  nodes: Nodes,
  name: string,
  args: ReadonlyMap<string, string>,
  inputs: readonly string[],
  results: readonly string[],
): FunctionDef {
  const taken = new Map<string, NodeDef>();
  const waiting = [...results];
  for (let input = waiting.pop(); input !== undefined; input = waiting.pop()) {
    const node = nodes.get(nodeOfInput(input));
    if (node === undefined) {
      throw new NotStructured();
    }
    if (isControlInput(input) ? isMachinery(node) : args.has(tensorKey(nodes, input))) {
      continue;
    }
    if (isMachinery(node)) {
      throw new NotStructured();
    }
    if (!taken.has(node.name)) {
      taken.set(node.name, withArguments(nodes, node, args));
      waiting.push(...node.inputs);
    }
  }
  const outputs = results.map((_, index) => argumentNamed(`result_${index}`));
  const returns = results.map((result, index): [string, string] => [
    `result_${index}`,
    args.get(tensorKey(nodes, result)) ?? result,
  ]);
  return {
    name,
    inputs: inputs.map(argumentNamed),
    outputs,
    attributes: new Map(),
    nodes: [...taken.values()],
    returns: new Map(returns),
    controlReturns: [],
  };
}

function withArguments(nodes: Nodes, node: NodeDef, args: ReadonlyMap<string, string>): NodeDef {
  const inputs = node.inputs.flatMap((input) => {
    if (isControlInput(input)) {
      return isMachinery(nodes.get(nodeOfInput(input))) ? [] : [input];
    }
    return [args.get(tensorKey(nodes, input)) ?? input];
  });
  return { ...node, inputs };
}

function argumentNamed(name: string): ArgumentDef {
  return { name, type: 0, typeAttribute: '', numberAttribute: '', typeListAttribute: '' };
}

export function functionAttribute(name: string): AttributeValue {
  return { kind: 'function', value: { name, attributes: new Map() } };
}
