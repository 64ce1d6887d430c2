import type { AnyTensor } from '@tensorfleet/core';
import type { GraphDef, NodeDef } from '../savedmodel/graph-def.ts';
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
  const texts = new TextMemory();
  for (const placed of nodesRunBy(graph, [restoreOp])) {
    if (placed.node.op === 'AssignVariableOp' || placed.node.op === 'Assign') {
      const variable = placed.input(0)?.node;
      const restored = restoredBy(placed.input(1), texts);
      if (variable !== undefined && restored !== undefined) {
        variables.set(variable.name, restored);
      }
    }
  }
  return variables;
}

/** RestoreV2 has one output per key. */
function restoredBy(source: PlacedTensor | undefined, texts: TextMemory): RestoredVariable | undefined {
  if (source?.node.op !== 'RestoreV2') {
    return undefined;
  }
  const key = texts.of(source, 1)[source.index];
  return key === undefined ? undefined : { key, slice: texts.of(source, 2)[source.index] ?? '' };
}

/** The strings of constants, which one op has for all variables. */
class TextMemory {
  readonly #texts = new Map<NodeDef, readonly string[]>();

  /** Those of input `index`; none when it is no constant. */
  of(placed: PlacedNode, index: number): readonly string[] {
    const node = placed.input(index)?.node;
    if (node?.op !== 'Const') {
      return [];
    }
    const texts = this.#texts.get(node) ?? decodeTexts(new Attributes(node.attributes).tensor('value'));
    this.#texts.set(node, texts);
    return texts;
  }
}

function decodeTexts(tensor: AnyTensor): readonly string[] {
  const decoder = new TextDecoder();
  return tensor.dtype === 'STRING' ? tensor.data.map((bytes) => decoder.decode(bytes)) : [];
}
