import { join } from 'node:path';
import { openCheckpoint } from '../savedmodel/bundle/tensor-bundle.ts';
import { readSavedModel, selectMetaGraph } from '../savedmodel/read-saved-model.ts';
import { type ConversionSummary, convertModelGraph } from './convert-model-graph.ts';
import { createModelResources } from './model-resources.ts';

export interface SavedModelSource {
  readonly format: 'saved_model';
  readonly directory: string;
  /** The tags of its graph. */
  readonly tags: readonly string[];
}

/**
 * Converts every signature of a SavedModel as `convertModelGraph` does. Blocks the thread.
 * Throws DATA_LOSS for broken files, NOT_FOUND for tags that the model does not have, and as that does.
 */
export function convertSavedModel(
  { directory, tags }: Omit<SavedModelSource, 'format'>,
  output: string,
): ConversionSummary {
  const metaGraph = selectMetaGraph(readSavedModel(directory), tags);
  using checkpoint = openCheckpoint(join(directory, 'variables'));
  const { graph, opDefs, signatures } = metaGraph;
  const resources = createModelResources(directory, metaGraph, checkpoint);
  return convertModelGraph(signatures, { graph, opDefs, resources }, output);
}
