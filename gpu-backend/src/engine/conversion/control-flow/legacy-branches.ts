import { tensor } from '@tensorfleet/core';
import type { FunctionDef, NodeDef } from '../../savedmodel/graph-def.ts';
import { isControlInput, nodeOfInput } from '../tensor-ref.ts';
import { attempt, type Register } from './legacy-loops.ts';
import { functionAttribute, type Nodes, NotStructured, slicedFunction, tensorKey } from './sliced-function.ts';

/** What a Merge gets from one of its inputs: the side of the condition that computes it, and what that reads. */
interface Side {
  readonly condition: string;
  readonly isTrue: boolean;
  /** By `node:index` what stands for it outside of the branch: what its Switch gets, or the tensor itself. */
  readonly captured: ReadonlyMap<string, string>;
}

/**
 * The graph with each Merge of two branches of TensorFlow 1 as an If of the same name. What is not understood stays
 * as it is.
 */
export function withoutLegacyBranches(nodes: Nodes, register: Register): Nodes {
  let graph = nodes;
  let merges = [...nodes.values()].filter((node) => isBranchEnd(nodes, node));
  for (let isProgress = true; isProgress && merges.length > 0; ) {
    const left: NodeDef[] = [];
    for (const merge of merges) {
      // An inner Merge is in the way of the one after it until it is an If itself.
      const rebuilt = attempt(() => withIf(graph, merge, register));
      graph = rebuilt ?? graph;
      left.push(...(rebuilt === undefined ? [merge] : []));
    }
    isProgress = left.length < merges.length;
    merges = left;
  }
  return graph;
}

/** Whether a node joins two branches; those that begin a round of a loop do not. */
function isBranchEnd(nodes: Nodes, { op, inputs }: NodeDef): boolean {
  const data = dataInputs(inputs);
  return (
    op === 'Merge' && data.length === 2 && data.every((input) => nodes.get(nodeOfInput(input))?.op !== 'NextIteration')
  );
}

function dataInputs(inputs: readonly string[]): readonly string[] {
  return inputs.filter((input) => !isControlInput(input));
}

function withIf(nodes: Nodes, merge: NodeDef, register: Register): Nodes {
  const inputs = dataInputs(merge.inputs);
  const sides = inputs.map((input) => sideOf(nodes, input));
  const [first, second] = sides;
  if (
    first === undefined ||
    second === undefined ||
    first.condition !== second.condition ||
    first.isTrue === second.isTrue
  ) {
    throw new NotStructured();
  }
  const captured = [...new Set(sides.flatMap((side) => [...side.captured.values()]))];
  const names = captured.map((_, index) => `argument_${index}`);
  const branches = sides.map((side, index) => {
    const args = Array.from(side.captured, ([key, source]): [string, string] => [
      key,
      names[captured.indexOf(source)] ?? '',
    ]);
    const name = `${merge.name}/branch_${index}`;
    const branch = slicedFunction(nodes, name, new Map(args), names, [inputs[index] ?? '']);
    return withIndex(branch, index);
  });
  const registered = branches.map(register);
  const nameOf = (isTrue: boolean): string => registered[sides.findIndex((side) => side.isTrue === isTrue)] ?? '';
  const node: NodeDef = {
    name: merge.name,
    op: 'If',
    inputs: [first.condition, ...captured, ...merge.inputs.filter(isControlInput)],
    attributes: new Map([
      ...merge.attributes,
      ['then_branch', functionAttribute(nameOf(true))],
      ['else_branch', functionAttribute(nameOf(false))],
    ]),
  };
  return new Map(nodes).set(merge.name, node);
}

/** A Merge also says which of its inputs came. */
function withIndex(branch: FunctionDef, index: number): FunctionDef {
  const [result] = branch.outputs;
  if (result === undefined) {
    throw new NotStructured();
  }
  const name = `${branch.name}/value_index`;
  const value = tensor('INT32', [], Int32Array.of(index));
  const node: NodeDef = {
    name,
    op: 'Const',
    inputs: [],
    attributes: new Map([['value', { kind: 'tensor', load: () => value }]]),
  };
  return {
    ...branch,
    nodes: [...branch.nodes, node],
    outputs: [result, { ...result, name: 'value_index' }],
    returns: new Map([...branch.returns, ['value_index', `${name}:0`]]),
  };
}

/** Follows an input of a Merge back to the Switches that it comes from. Throws NotStructured when they do not agree. */
function sideOf(nodes: Nodes, input: string): Side {
  const found = new Set<string>();
  const captured = new Map<string, string>();
  const branched = new Map<string, boolean>();
  const seen = new Set<string>();
  const waiting = [input];
  for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
    const name = nodeOfInput(text);
    const node = nodes.get(name);
    if (node === undefined || node.op === 'Merge' || !isBranched(nodes, name, branched)) {
      if (node === undefined || node.op === 'Merge') {
        throw new NotStructured();
      }
      if (!isControlInput(text)) {
        captured.set(tensorKey(nodes, text), text);
      }
    } else if (node.op === 'Switch') {
      if (isControlInput(text)) {
        throw new NotStructured();
      }
      const key = tensorKey(nodes, text);
      found.add(`${sourceOf(nodes, node.inputs[1] ?? '')} ${key.endsWith(':1')}`);
      captured.set(key, node.inputs[0] ?? '');
    } else if (!seen.has(name)) {
      seen.add(name);
      waiting.push(...node.inputs);
    }
  }
  const [side = '', another] = found;
  const [condition = '', isTrue] = side.split(' ');
  if (condition === '' || another !== undefined) {
    throw new NotStructured();
  }
  return { condition, isTrue: isTrue === 'true', captured };
}

/** Whether a node comes from a Switch, and so stands in a branch. */
function isBranched(nodes: Nodes, name: string, known: Map<string, boolean>): boolean {
  const seen = new Set<string>();
  const waiting = [name];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const node = nodes.get(one);
    if (node?.op === 'Switch' || node?.op === 'Merge' || known.get(one) === true) {
      known.set(name, true);
      return true;
    }
    if (node !== undefined && !seen.has(one) && known.get(one) !== false) {
      seen.add(one);
      waiting.push(...node.inputs.map(nodeOfInput));
    }
  }
  for (const one of seen) {
    known.set(one, false);
  }
  return false;
}

/** `node:index` of a tensor, past nodes that hand it on. */
function sourceOf(nodes: Nodes, input: string): string {
  let key = tensorKey(nodes, input);
  for (let steps = 0; steps <= nodes.size; steps++) {
    const node = nodes.get(nodeOfInput(key));
    const [next] = node?.inputs ?? [];
    if (node?.op !== 'Identity' || next === undefined) {
      return key;
    }
    key = tensorKey(nodes, next);
  }
  throw new NotStructured();
}
