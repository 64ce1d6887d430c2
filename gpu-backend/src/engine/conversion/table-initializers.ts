import { type AnyTensor, unimplemented } from '@tensorfleet/core';
import type { GraphDef } from '../savedmodel/graph-def.ts';
import { Attributes } from './attributes.ts';
import { nodesRunBy, type PlacedNode } from './graph-walk.ts';

const INITIALIZERS: ReadonlySet<string> = new Set([
  'InitializeTable',
  'InitializeTableV2',
  'InitializeTableFromTextFile',
  'InitializeTableFromTextFileV2',
  'LookupTableImport',
  'LookupTableImportV2',
]);

/** By name of the table's node in the main graph: the node that fills it when `initOp` runs. */
export function tableInitializers(graph: GraphDef, initOp: string): ReadonlyMap<string, PlacedNode> {
  const found = new Map<string, PlacedNode>();
  for (const placed of nodesRunBy(graph, [initOp])) {
    const table = INITIALIZERS.has(placed.node.op) ? placed.input(0) : undefined;
    if (table !== undefined) {
      found.set(table.node.name, placed);
    }
  }
  return found;
}

/**
 * By name of a node of the main graph: the asset file whose path it is when `initOp` has run. The path is in a constant
 * or placeholder, by whose name it comes, and newer exports copy it into a variable.
 */
export function assetPathsAfter(
  graph: GraphDef,
  initOp: string,
  given: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const paths = new Map(given);
  for (const { node, input } of nodesRunBy(graph, [initOp])) {
    const variable = node.op === 'AssignVariableOp' ? input(0)?.node : undefined;
    const path = given.get(input(1)?.node.name ?? '');
    if (variable !== undefined && path !== undefined) {
      paths.set(variable.name, path);
    }
  }
  return paths;
}

/** The tensor of input `index`. Throws UNIMPLEMENTED when it is no constant. */
export function constantInput(initializer: PlacedNode, index: number): AnyTensor {
  const source = initializer.input(index)?.node;
  if (source?.op !== 'Const') {
    throw unimplemented(`the table is filled from ${source?.op ?? 'an unknown tensor'}, not from a constant`);
  }
  return new Attributes(source.attributes).tensor('value');
}
