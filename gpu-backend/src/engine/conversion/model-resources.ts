import { type AnyTensor, unimplemented } from '@tensorfleet/core';
import type { Checkpoint } from '../savedmodel/checkpoint.ts';
import type { NodeDef } from '../savedmodel/graph-def.ts';
import type { MetaGraph } from '../savedmodel/saved-model.ts';
import { Attributes } from './attributes.ts';
import { variableConstant } from './constant.ts';
import type { Resources } from './resources.ts';
import { nodeOfInput } from './tensor-ref.ts';
import { parseTensorSlice } from './tensor-slice.ts';
import type { TableValue, VariableValue } from './value.ts';

/**
 * The variables of a SavedModel: found by reading the graph's own restore op, which says for each which key of the
 * checkpoint it gets. That holds for the variables of TensorFlow 1 and 2 alike.
 */
export function createModelResources({ graph, saver }: MetaGraph, checkpoint: Checkpoint): Resources {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const restored = saver === undefined ? new Map() : restoredVariables(nodes, saver.restoreOp);
  return {
    variable: (node) => variableOf(node, restored, checkpoint),
    table: (node) => tableOf(node),
    override: () => undefined,
  };
}

/** What RestoreV2 reads for one variable. */
interface Restored {
  readonly key: string;
  /** `10 4 0,5:-`: the part of the tensor under the key; empty for all of it. */
  readonly slice: string;
}

function variableOf(node: NodeDef, restored: ReadonlyMap<string, Restored>, checkpoint: Checkpoint): VariableValue {
  const source = restored.get(node.name);
  if (source === undefined) {
    throw unimplemented(
      'no key of the checkpoint restores this variable; models saved with Keras 3 load when exported by model.export()',
    );
  }
  const entry = checkpoint.entries.get(source.key);
  if (entry === undefined) {
    throw unimplemented(`the checkpoint has no tensor "${source.key}" of a supported dtype for this variable`);
  }
  const slice = source.slice === '' ? undefined : parseTensorSlice(source.slice);
  const constant = variableConstant(checkpoint, source.key, entry, slice);
  return { kind: 'variable', node: node.name, constant };
}

function tableOf(_node: NodeDef): TableValue {
  throw unimplemented('tables are not supported');
}

/** By name of the variable's node, from the assignments that the restore op runs. */
function restoredVariables(nodes: ReadonlyMap<string, NodeDef>, restoreOp: string): ReadonlyMap<string, Restored> {
  const variables = new Map<string, Restored>();
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
function restoredBy(nodes: ReadonlyMap<string, NodeDef>, input: string): Restored | undefined {
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
