import type { RepositoryObserver } from '../../../../gpu-backend/src/repository/object/repository-observer.ts';
import type { RepositoryLog } from '../../../../gpu-backend/src/repository/repository-log.ts';

/** Everything that a repository says. */
export class RepositoryRecord {
  readonly warnings: string[] = [];
  readonly infos: string[] = [];
  readonly faults: string[] = [];
  readonly looks: string[] = [];
  /** `ok 4`: how they ended, and the bytes that came from the store. */
  readonly downloads: string[] = [];

  readonly log: RepositoryLog = {
    info: (_, message) => void this.infos.push(message),
    warn: (_, message) => void this.warnings.push(message),
  };
  readonly observer: RepositoryObserver = {
    looked: (outcome) => void this.looks.push(outcome),
    downloaded: ({ outcome, receivedBytes }) => void this.downloads.push(`${outcome} ${receivedBytes}`),
    faulted: (fault) => void this.faults.push(fault),
  };
}
