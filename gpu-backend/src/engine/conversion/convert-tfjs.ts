import { dirname } from 'node:path';
import { DEFAULT_SIGNATURE, unimplemented } from '@tensorfleet/core';
import { graphDefFromModelJson, signatureDefFromModelJson } from '../tfjs/graph-topology.ts';
import { readModelJson } from '../tfjs/model-json.ts';
import { readWeights } from '../tfjs/weight-files.ts';
import { type ConversionSummary, convertModelGraph } from './convert-model-graph.ts';
import type { Resources } from './resources.ts';

/** The graph is frozen. */
const NO_RESOURCES: Resources = {
  variable: () => {
    throw unimplemented('a graph model of TensorFlow.js has no variables');
  },
  table: () => {
    throw unimplemented('only TensorFlow.js fills the tables of its models');
  },
  override: () => undefined,
};

/**
 * Converts a graph model of TensorFlow.js, by its `model.json`, as `convertModelGraph` does: its graph is TensorFlow's.
 * Blocks the thread. Throws UNIMPLEMENTED for layers models, and graphs without a signature or with tables to fill;
 * DATA_LOSS for broken files, and as that does.
 */
export async function convertTfjs(path: string, output: string): Promise<ConversionSummary> {
  const model = await readModelJson(path);
  const signature = signatureDefFromModelJson(model);
  if (model.kind === 'layers') {
    throw unimplemented('it is a layers model');
  }
  if (signature === undefined || signature.outputs.size === 0) {
    throw unimplemented('the graph model has no signature');
  }
  if (model.initializer !== undefined) {
    throw unimplemented('the graph model fills tables');
  }
  const graph = graphDefFromModelJson(model, await readWeights(dirname(path), model.weightGroups));
  const source = { graph, opDefs: new Map(), resources: NO_RESOURCES };
  return convertModelGraph(new Map([[DEFAULT_SIGNATURE, signature]]), source, output);
}
