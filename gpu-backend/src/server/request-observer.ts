import type { Code } from '@tensorfleet/core';

export type Entrypoint = 'GRPC' | 'REST';

/** One finished inference request of any protocol. */
export interface RequestFacts {
  /** Empty when no such model is served: label values never come from strangers. */
  readonly model: string;
  readonly api: 'Predict' | 'Classify' | 'Regress';
  readonly entrypoint: Entrypoint;
  readonly code: Code;
  readonly durationMs: number;
}

/** Told of every inference request; must not throw. */
export interface RequestObserver {
  /** A request has its version and begins. */
  requestStarted(model: string): void;
  /** Once for every request, also for those that never began. */
  requestDone(facts: RequestFacts): void;
}
