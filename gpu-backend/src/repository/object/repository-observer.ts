/** What a look at an object store found; `listed`: one model or the root, where there is no index. */
export type LookOutcome = 'changed' | 'unchanged' | 'missing' | 'listed' | 'failed';

export interface DownloadFacts {
  readonly outcome: 'ok' | 'error';
  /** That came from the store. */
  readonly receivedBytes: number;
  readonly durationMs: number;
}

/** Told of what a repository does with its store; must not throw. */
export interface RepositoryObserver {
  looked(outcome: LookOutcome): void;
  downloaded(facts: DownloadFacts): void;
  /** Something was not as it should be: `stale_index`, `missing_index`, `wrong_manifest`, `data_loss`, ... */
  faulted(fault: string): void;
}

export const SILENT_OBSERVER: RepositoryObserver = {
  looked: () => undefined,
  downloaded: () => undefined,
  faulted: () => undefined,
};
