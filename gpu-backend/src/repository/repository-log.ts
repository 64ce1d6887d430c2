import type { Logger } from '@tensorfleet/core';

/** Where the repository reports what nobody asked for. */
export type RepositoryLog = Pick<Logger, 'info' | 'warn'>;

export const SILENT_LOG: RepositoryLog = { info: () => undefined, warn: () => undefined };

interface Problem {
  readonly message: string;
  readonly said: boolean;
}

/**
 * What is wrong in one model's directory, by place. A problem is logged once, when two reports in a row hold it
 * unchanged: while files arrive every scan finds another one, and none of them is worth a line.
 */
export class ProblemLog {
  #problems: ReadonlyMap<string, Problem> = new Map();
  readonly #log: RepositoryLog;

  constructor(log: RepositoryLog) {
    this.#log = log;
  }

  /** Takes all problems of a scan; what is not among them is solved. */
  report(messages: ReadonlyMap<string, string>): void {
    const problems = new Map<string, Problem>();
    for (const [place, message] of messages) {
      const before = this.#problems.get(place);
      const unchanged = before?.message === message;
      if (unchanged && !before.said) {
        this.#log.warn({ path: place }, message);
      }
      problems.set(place, { message, said: unchanged });
    }
    this.#problems = problems;
  }
}
