import { unimplemented } from '@tensorfleet/core';
import type { GraphDef, NodeDef } from '../savedmodel/graph-def.ts';
import { nodesRunBy } from './graph-walk.ts';

/** Ops that change a whole variable and can be converted, by what they do with its value. */
export const ASSIGNMENTS: ReadonlyMap<string, 'set' | 'AddV2' | 'Sub'> = new Map([
  ['AssignVariableOp', 'set'],
  ['AssignAddVariableOp', 'AddV2'],
  ['AssignSubVariableOp', 'Sub'],
  ['Assign', 'set'],
  ['AssignAdd', 'AddV2'],
  ['AssignSub', 'Sub'],
]);

/** As many as are converted. */
const MAX_NODES = 100_000;

/**
 * The nodes of variables that running `roots` (`node:index`) changes, one for each assignment; undefined where it cannot
 * be told. Throws UNIMPLEMENTED for a graph without an end.
 */
export function changedVariables(graph: GraphDef, roots: readonly string[]): readonly (NodeDef | undefined)[] {
  const changed: (NodeDef | undefined)[] = [];
  let count = 0;
  for (const { node, input } of nodesRunBy(graph, roots)) {
    if (++count > MAX_NODES) {
      throw unimplemented(`the graph has more than ${MAX_NODES} nodes when its functions are put in their places`);
    }
    if (ASSIGNMENTS.has(node.op)) {
      changed.push(input(0)?.node);
    }
  }
  return changed;
}
