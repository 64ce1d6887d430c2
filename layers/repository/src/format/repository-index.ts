import type { Version } from '@tensorfleet/core';
import type { ModelRouting } from './model-routing.ts';

/** The name of the file that lists a repository: one conditional GET of it is a poll. */
export const INDEX_NAME = 'index.json';

/** A version that the index names: its manifest and its files are there, complete, before it is named. */
export interface IndexedVersion {
  /** SHA-256 of the bytes of its manifest.json, lower-case hex. */
  readonly manifest: string;
  /** Of its files, together. */
  readonly bytes: number;
  /** When it was added; milliseconds since the epoch. */
  readonly publishedAt: number;
}

/** One line of a model's history, oldest first. */
export interface HistoryEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly version: Version;
  readonly event: 'published' | 'labelled' | 'promoted' | 'rolled_back' | 'stepped' | 'retired' | 'shadowed';
  /** For people: `stable 12 -> 13`, `error rate 0.08 is above 0.01`. One line. */
  readonly detail: string;
  /** The label that was set or moved. */
  readonly label?: string;
  /** The version that the label stood for alone until then: where a rollback finds it. */
  readonly from?: Version;
}

export interface IndexedModel extends ModelRouting {
  /** Ascending. */
  readonly versions: ReadonlyMap<Version, IndexedVersion>;
  /** Numbers that were taken out: they are not given again. Ascending. */
  readonly retired: readonly Version[];
  /** The newest `MAX_HISTORY`. */
  readonly history: readonly HistoryEntry[];
}

export interface RepositoryIndex {
  readonly models: ReadonlyMap<string, IndexedModel>;
}

export const MAX_HISTORY = 200;

/** Characters of a history entry's detail. */
export const MAX_DETAIL = 1000;

export const EMPTY_INDEX: RepositoryIndex = { models: new Map() };
