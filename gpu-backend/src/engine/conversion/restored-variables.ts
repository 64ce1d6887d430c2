import type { GraphDef } from '../savedmodel/graph-def.ts';
import { Attributes } from './attributes.ts';
import { nodesRunBy, type PlacedNode, type PlacedTensor } from './graph-walk.ts';

/** What RestoreV2 reads for one variable. */
export interface RestoredVariable {
  readonly key: string;
  /** `10 4 0,5:-`: the part of the tensor under the key; empty for all of it. */
  readonly slice: string;
}

/** By name of the variable's node in the main graph, from the assignments that the restore op runs. */
export function restoredVariables(graph: GraphDef, restoreOp: string): ReadonlyMap<string, RestoredVariable> {
  const variables = new Map<string, RestoredVariable>();
  for (const placed of nodesRunBy(graph, restoreOp)) {
    if (placed.node.op === 'AssignVariableOp' || placed.node.op === 'Assign') {
      const variable = placed.input(0)?.node;
      const restored = restoredBy(placed.input(1));
      if (variable !== undefined && restored !== undefined) {
        variables.set(variable.name, restored);
      }
    }
  }
  return variables;
}

/** RestoreV2 has one output per key. */
function restoredBy(source: PlacedTensor | undefined): RestoredVariable | undefined {
  if (source?.node.op !== 'RestoreV2') {
    return undefined;
  }
  const key = textsOf(source, 1)[source.index];
  return key === undefined ? undefined : { key, slice: textsOf(source, 2)[source.index] ?? '' };
}

/** The strings of a constant input. */
function textsOf(placed: PlacedNode, index: number): readonly string[] {
  const node = placed.input(index)?.node;
  const tensor = node?.op === 'Const' ? new Attributes(node.attributes).tensor('value') : undefined;
  return tensor?.dtype === 'STRING' ? tensor.data.map((bytes) => new TextDecoder().decode(bytes)) : [];
}
