import { unimplemented } from '@tensorfleet/core';
import type { NodeDef } from '../savedmodel/graph-def.ts';
import { nodeOfInput } from './tensor-ref.ts';

/**
 * The nodes that `wanted` need, each after its inputs, data and control. `isGiven` says which inputs are not computed.
 * Works without recursion: graphs are thousands of nodes deep. Throws UNIMPLEMENTED for a cycle (loops of
 * TensorFlow 1) and for an input that names no node.
 */
export function orderedNodes(
  nodes: ReadonlyMap<string, NodeDef>,
  wanted: Iterable<string>,
  isGiven: (input: string) => boolean,
): readonly NodeDef[] {
  const order: NodeDef[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const stack: { readonly node: NodeDef; next: number }[] = [];
  const open = (input: string): void => {
    const name = nodeOfInput(input);
    if (isGiven(input) || state.get(name) === 'done') {
      return;
    }
    const node = nodes.get(name);
    if (node === undefined) {
      throw unimplemented(`the graph has no node "${name}", which another one reads`);
    }
    if (state.get(name) === 'open') {
      throw unimplemented(`node "${name}" (${node.op}) is part of a loop of TensorFlow 1`);
    }
    state.set(name, 'open');
    stack.push({ node, next: 0 });
  };
  for (const name of wanted) {
    open(name);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.node.inputs[top.next++];
      if (input !== undefined) {
        open(input);
      } else {
        stack.pop();
        state.set(top.node.name, 'done');
        order.push(top.node);
      }
    }
  }
  return order;
}

/** Whether `node` runs only after `other` is done, because it needs it by data or control, directly or through others. */
export function dependsOn(nodes: ReadonlyMap<string, NodeDef>, node: NodeDef | undefined, other: NodeDef): boolean {
  const seen = new Set<string>();
  const waiting = [...(node?.inputs ?? [])];
  for (let input = waiting.pop(); input !== undefined; input = waiting.pop()) {
    const name = nodeOfInput(input);
    if (name === other.name) {
      return true;
    }
    if (!seen.has(name)) {
      seen.add(name);
      waiting.push(...(nodes.get(name)?.inputs ?? []));
    }
  }
  return false;
}
