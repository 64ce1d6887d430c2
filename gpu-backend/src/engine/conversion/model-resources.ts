import { join } from 'node:path';
import { unimplemented } from '@tensorfleet/core';
import type { Checkpoint } from '../savedmodel/checkpoint.ts';
import type { NodeDef } from '../savedmodel/graph-def.ts';
import type { MetaGraph } from '../savedmodel/saved-model.ts';
import { changedVariables } from './changed-variables.ts';
import { variableConstant } from './constant.ts';
import type { Resources } from './resources.ts';
import { type RestoredVariable, restoredVariables } from './restored-variables.ts';
import { tableContent } from './table-content.ts';
import { assetPathsAfter, tableInitializers } from './table-initializers.ts';
import { parseTensorSlice } from './tensor-slice.ts';
import type { VariableValue } from './value.ts';

/**
 * The variables and tables of a SavedModel: found by reading the graph's own restore op, which says for each variable
 * which key of the checkpoint it gets, and its init op, which fills the tables. That holds for TensorFlow 1 and 2 alike.
 */
export function createModelResources(directory: string, metaGraph: MetaGraph, checkpoint: Checkpoint): Resources {
  const { graph, saver, initOp, assets, signatures } = metaGraph;
  const outputs = [...signatures.values()].flatMap((signature) => [...signature.outputs.values()]);
  const changed = changedVariables(
    graph,
    outputs.map(({ tensor }) => tensor),
  );
  const changing = new Set(changed.map((node) => node?.name));
  const restored: ReadonlyMap<string, RestoredVariable> =
    saver === undefined ? new Map() : restoredVariables(graph, saver.restoreOp);
  const initializers = initOp === undefined ? new Map() : tableInitializers(graph, initOp);
  const given = new Map(
    assets.map(({ tensor, fileName }) => [tensor.split(':')[0] ?? '', join(directory, 'assets', fileName)]),
  );
  const assetPaths = initOp === undefined ? given : assetPathsAfter(graph, initOp, given);
  return {
    variable: (node) => variableOf(node, restored, checkpoint, changing.has(node.name)),
    table: (node) => {
      const initializer = initializers.get(node.name);
      if (initializer === undefined) {
        throw unimplemented('nothing fills this table when the model is loaded');
      }
      return { kind: 'table', node: node.name, ...tableContent(node, initializer, assetPaths) };
    },
    override: (node) => {
      if (assetPaths.has(node.name)) {
        throw unimplemented('the path of an asset is only used to fill tables');
      }
      return undefined;
    },
  };
}

function variableOf(
  node: NodeDef,
  restored: ReadonlyMap<string, RestoredVariable>,
  checkpoint: Checkpoint,
  changes: boolean,
): VariableValue {
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
  return { kind: 'variable', node: node.name, constant, changes, isReference: false };
}
