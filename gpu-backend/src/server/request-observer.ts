import type { Code, Version } from '@tensorfleet/core';
import type { ServableId } from '../lifecycle/servable.ts';

export type Api = 'Predict' | 'Classify' | 'Regress' | 'MultiInference' | 'ModelInfer';

export type Entrypoint = 'GRPC' | 'REST';

/** One finished inference request of any protocol. */
export interface RequestFacts {
  readonly requestId: string;
  /** Empty when no such model is served: label values never come from strangers. */
  readonly model: string;
  /** Undefined exactly when `model` is empty. */
  readonly version: Version | undefined;
  readonly api: Api;
  readonly entrypoint: Entrypoint;
  readonly code: Code;
  readonly durationMs: number;
  /** As in a CallTrace; 0 for what was never queued. */
  readonly examples: number;
  readonly rows: number;
  readonly queueMs: number;
  readonly runMs: number;
}

/** Told of every inference request; must not throw. */
export interface RequestObserver {
  /** A request has its version and begins. */
  requestStarted(id: ServableId): void;
  /** Once for every request, also for those that never began. */
  requestDone(facts: RequestFacts): void;
}
