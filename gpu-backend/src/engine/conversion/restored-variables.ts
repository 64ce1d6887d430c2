import type { AnyTensor } from '@tensorfleet/core';
import type { NodeDef } from '../savedmodel/graph-def.ts';
import { Attributes } from './attributes.ts';
import { nodeOfInput } from './tensor-ref.ts';

/** What RestoreV2 reads for one variable. */
export interface RestoredVariable {
  readonly key: string;
  /** `10 4 0,5:-`: the part of the tensor under the key; empty for all of it. */
  readonly slice: string;
}

/** By name of the variable's node, from the assignments that the restore op runs. */
export function restoredVariables(
  nodes: ReadonlyMap<string, NodeDef>,
  restoreOp: string,
): ReadonlyMap<string, RestoredVariable> {
  const variables = new Map<string, RestoredVariable>();
  const seen = new Set<string>();
  const waiting = [restoreOp];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = nodes.get(nodeOfInput(name));
    if (node === undefined || seen.has(node.name)) {
      continue;
    }
    seen.add(node.name);
    if (node.op === 'AssignVariableOp' || node.op === 'Assign') {
      const source = restoredBy(nodes, node.inputs[1] ?? '');
      const variable = sourceOf(nodes, node.inputs[0] ?? '');
      if (source !== undefined && variable !== undefined) {
        variables.set(variable.name, source);
      }
    }
    waiting.push(...node.inputs);
  }
  return variables;
}

/** The entry of RestoreV2 that `input` hands on. */
function restoredBy(nodes: ReadonlyMap<string, NodeDef>, input: string): RestoredVariable | undefined {
  const [name = '', index = '0'] = input.split(':');
  const node = nodes.get(name);
  if (node?.op === 'Identity') {
    return restoredBy(nodes, node.inputs[0] ?? '');
  }
  if (node?.op !== 'RestoreV2') {
    return undefined;
  }
  const key = textsOf(nodes, node.inputs[1])[Number(index)];
  return key === undefined ? undefined : { key, slice: textsOf(nodes, node.inputs[2])[Number(index)] ?? '' };
}

function sourceOf(nodes: ReadonlyMap<string, NodeDef>, input: string): NodeDef | undefined {
  const node = nodes.get(nodeOfInput(input));
  return node?.op === 'Identity' ? sourceOf(nodes, node.inputs[0] ?? '') : node;
}

/** The strings of a constant. */
function textsOf(nodes: ReadonlyMap<string, NodeDef>, input: string | undefined): readonly string[] {
  const node = nodes.get(nodeOfInput(input ?? ''));
  const tensor: AnyTensor | undefined =
    node?.op === 'Const' ? new Attributes(node.attributes).tensor('value') : undefined;
  return tensor?.dtype === 'STRING' ? tensor.data.map((bytes) => new TextDecoder().decode(bytes)) : [];
}
