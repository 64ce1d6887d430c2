import { failedPrecondition, notFound, type Version } from '@tensorfleet/core';
import {
  type HistoryEntry,
  type IndexedModel,
  MAX_DETAIL,
  MAX_HISTORY,
  type RepositoryIndex,
} from '../format/repository-index.ts';

/** What every change of an index says. */
export interface IndexEdit {
  readonly model: string;
  /** Whole milliseconds since the epoch. The same edit with the same time, made again, is no second change. */
  readonly at: number;
}

export const EMPTY_MODEL: IndexedModel = { versions: new Map(), retired: [], labels: new Map(), history: [] };

/** The index with a changed model; the same index when `edit` returns the same model. Throws NOT_FOUND without it. */
export function editModel(
  index: RepositoryIndex,
  name: string,
  edit: (model: IndexedModel) => IndexedModel,
): RepositoryIndex {
  const model = index.models.get(name);
  if (model === undefined) {
    throw notFound(`the index has no model "${name}"`, { model: name });
  }
  return replaceModel(index, name, model, edit(model));
}

export function replaceModel(
  index: RepositoryIndex,
  name: string,
  old: IndexedModel | undefined,
  model: IndexedModel,
): RepositoryIndex {
  return model === old ? index : { ...index, models: new Map(index.models).set(name, model) };
}

/** Throws FAILED_PRECONDITION for a retired version, NOT_FOUND for one that the index does not have. */
export function requireVersion(name: string, { versions, retired }: IndexedModel, version: Version): void {
  if (versions.has(version)) {
    return;
  }
  const details = { model: name, version: String(version) };
  if (retired.includes(version)) {
    throw failedPrecondition(`version ${version} of model "${name}" is retired`, details);
  }
  const known = [...versions.keys()].slice(-SHOWN_VERSIONS).join(', ') || 'no version';
  throw notFound(`the index has no version ${version} of model "${name}", it has ${known}`, details);
}

const SHOWN_VERSIONS = 10;

/**
 * Whether the history has a line of this time and label that ends so: the edit was made, and only its answer was lost.
 * Somebody else may have changed the same thing since, and is not to be overruled by a repetition.
 */
export function wasMade(
  { history }: IndexedModel,
  made: Pick<HistoryEntry, 'at' | 'event' | 'label'> & { readonly ending?: string },
): boolean {
  return history.some(
    ({ at, event, label, detail }) =>
      at === made.at && event === made.event && label === made.label && detail.endsWith(made.ending ?? ''),
  );
}

/** The model with one more line of history; the oldest line goes when there are too many. */
export function withHistory(model: IndexedModel, entry: HistoryEntry): IndexedModel {
  // A line of text, whatever a reason from elsewhere holds.
  const detail = entry.detail.replaceAll(/\p{Cc}+/gu, ' ').slice(0, MAX_DETAIL);
  return { ...model, history: [...model.history, { ...entry, detail }].slice(-MAX_HISTORY) };
}
