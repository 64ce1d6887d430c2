import type { CallTrace, Code } from '@tensorfleet/core';
import type { RolloutAction } from '@tensorfleet/repository';
import type { BatchStats } from '../batching/shared-batch-scheduler.ts';
import type { LoadAttempt } from '../lifecycle/observed-loader.ts';
import type { RequestFacts } from '../server/request-observer.ts';
import type { MirrorOutcome } from '../server/shadow/request-mirror.ts';
import type { Labels } from './metric-family.ts';
import type { MetricRegistry } from './metric-registry.ts';

/** Both empty for what is about no model. */
export interface VersionLabels extends Labels {
  readonly model: string;
  readonly version: string;
}

export interface LoadFacts extends LoadAttempt {
  /** Of the version's files. */
  readonly directory: string;
}

/** One finished call of a protocol. */
export type FinishedCall = { readonly requestBytes: number; readonly responseBytes: number } & (
  | { readonly protocol: 'grpc' }
  | {
      readonly protocol: 'rest';
      readonly target: string;
      readonly trace: CallTrace | undefined;
      readonly code: Code;
      readonly durationMs: number;
    }
);

export interface WarmupFacts {
  /** Of the version's files. */
  readonly directory: string;
  /** Requests that came with the version and ran. */
  readonly records: number;
  readonly durationMs: number;
}

/** Counts what happens to one version; keeps its series, so that nothing is looked up twice. */
export interface VersionObserver {
  requestStarted(): void;
  requestDone(facts: RequestFacts): void;
  callDone(call: FinishedCall): void;
  batchDone(batch: BatchStats): void;
  loadDone(facts: LoadFacts): void;
  /** A warm-up that succeeded. */
  warmupDone(facts: WarmupFacts): void;
  workerLost(): void;
  /** What this server decided about the version as a rollout's candidate. */
  rolloutDecided(decision: RolloutAction['kind']): void;
  /** A request of another version was to be shown to this one. */
  requestMirrored(outcome: MirrorOutcome): void;
  /** The version is forgotten: drops series that do not bear its labels. */
  close(): void;
}

/** Registers the metrics of one topic, and counts into them for each version. */
export type VersionTopic = (registry: MetricRegistry) => (labels: VersionLabels) => Partial<VersionObserver>;

/** All of them as one. */
export function together(observers: readonly Partial<VersionObserver>[]): VersionObserver {
  const all = <K extends keyof VersionObserver>(name: K) => observers.flatMap((observer) => observer[name] ?? []);
  const [started, done, called, ran, loaded, warmed, lost, decided, mirrored, closed] = [
    all('requestStarted'),
    all('requestDone'),
    all('callDone'),
    all('batchDone'),
    all('loadDone'),
    all('warmupDone'),
    all('workerLost'),
    all('rolloutDecided'),
    all('requestMirrored'),
    all('close'),
  ] as const;
  return {
    requestStarted: () => started.forEach((tell) => void tell()),
    requestDone: (facts) => done.forEach((tell) => void tell(facts)),
    callDone: (call) => called.forEach((tell) => void tell(call)),
    batchDone: (batch) => ran.forEach((tell) => void tell(batch)),
    loadDone: (facts) => loaded.forEach((tell) => void tell(facts)),
    warmupDone: (facts) => warmed.forEach((tell) => void tell(facts)),
    workerLost: () => lost.forEach((tell) => void tell()),
    rolloutDecided: (decision) => decided.forEach((tell) => void tell(decision)),
    requestMirrored: (outcome) => mirrored.forEach((tell) => void tell(outcome)),
    close: () => closed.forEach((tell) => void tell()),
  };
}

/** `create` called once for each key. */
export function remembered<K, V>(create: (key: K) => V): (key: K) => V {
  const values = new Map<K, V>();
  return (key) => {
    let value = values.get(key);
    if (value === undefined) {
      value = create(key);
      values.set(key, value);
    }
    return value;
  };
}
