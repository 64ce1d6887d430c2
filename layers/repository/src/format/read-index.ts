import { dataLoss, invalidArgument } from '@tensorfleet/core';
import { indexSchema, modelSchema, modelToJson } from './index-schema.ts';
import { isModelName } from './model-name.ts';
import { routedVersions } from './model-routing.ts';
import { formatProblems } from './problems.ts';
import type { IndexedModel, RepositoryIndex } from './repository-index.ts';

/** Larger indexes are refused before they are read. */
export const MAX_INDEX_BYTES = 64 * 1024 * 1024;

export interface ReadIndex {
  /** The models that are as they should be. */
  readonly index: RepositoryIndex;
  /** What is wrong with the others, by name. */
  readonly problems: ReadonlyMap<string, string>;
}

/**
 * Reads an index. `place` says in errors where it stands. One model that is wrong does not harm the others.
 * Throws DATA_LOSS when it is not JSON, INVALID_ARGUMENT when it is no index at all.
 */
export function parseIndex(text: string, place: string): ReadIndex {
  const models = new Map<string, IndexedModel>();
  const problems = new Map<string, string>();
  for (const [name, value] of Object.entries(parseShape(text, place))) {
    const problem = readModel(name, value, models);
    if (problem !== undefined) {
      problems.set(name, problem);
    }
  }
  return { index: { models }, problems };
}

/** The text of an index, for people too. */
export function formatIndex({ models }: RepositoryIndex): string {
  const sorted = [...models].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const value = { format: 1, models: Object.fromEntries(sorted.map(([name, model]) => [name, modelToJson(model)])) };
  return `${JSON.stringify(value, null, 1)}\n`;
}

function parseShape(text: string, place: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (reason) {
    throw dataLoss(`"${place}" is not JSON`, { path: place }, reason);
  }
  const shape = indexSchema.safeParse(value);
  if (!shape.success) {
    throw invalidArgument(`"${place}" is no index: ${formatProblems(shape.error.issues, value)}`, { path: place });
  }
  return shape.data.models;
}

function readModel(name: string, value: unknown, models: Map<string, IndexedModel>): string | undefined {
  if (!isModelName(name)) {
    return 'it is no name of a model';
  }
  const model = modelSchema.safeParse(value);
  if (!model.success) {
    return formatProblems(model.error.issues, value);
  }
  const missing = [...routedVersions(model.data)].filter((version) => !model.data.versions.has(version));
  if (missing.length > 0) {
    return `its labels, shadow or rollout name version ${missing.join(', ')}, which it does not have`;
  }
  models.set(name, model.data);
  return undefined;
}
