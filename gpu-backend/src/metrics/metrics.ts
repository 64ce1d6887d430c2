import type { CallTrace, Clock, Code } from '@tensorfleet/core';
import type { RolloutAction } from '@tensorfleet/repository';
import type { BatchStats } from '../batching/shared-batch-scheduler.ts';
import type { ServableId } from '../lifecycle/servable.ts';
import type { RequestObserver } from '../server/request-observer.ts';
import type { MirrorOutcome } from '../server/shadow/request-mirror.ts';
import { grpcCallMetrics, restRequestMetrics } from './call-metrics.ts';
import type { MetricDescription } from './metric-family.ts';
import { MetricRegistry } from './metric-registry.ts';
import { type ModelReadings, modelMetrics } from './model-metrics.ts';
import { ObservedVersions } from './observed-versions.ts';
import { PastVersions } from './past-versions.ts';
import { type ObservedStore, storeMetrics } from './store-metrics.ts';
import { type LoadFacts, remembered, type WarmupFacts } from './version-observer.ts';

export interface MetricsOptions extends ModelReadings {
  readonly clock: Pick<Clock, 'now'>;
  /** Of this server. */
  readonly version: string;
  /** Told of the same requests and batches. */
  readonly load?: LoadObserver;
}

/** Told what this server has to do. */
export type LoadObserver = Pick<Metrics, 'requestStarted' | 'requestDone' | 'batchDone'>;

interface AnyCallFacts {
  readonly trace: CallTrace | undefined;
  readonly code: Code;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** One finished gRPC call of any method, also one that no use case saw. */
export interface GrpcCallFacts extends AnyCallFacts {
  /** Undefined when the server has no such method. */
  readonly path: string | undefined;
}

/** One finished HTTP request to any path. */
export interface RestRequestFacts extends AnyCallFacts {
  readonly target: string;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
}

/** What the server counts, under names of its own, of TensorFlow Serving and of Triton. */
export interface Metrics extends RequestObserver {
  grpcCallDone(facts: GrpcCallFacts): void;
  restRequestDone(facts: RestRequestFacts): void;
  batchDone(id: ServableId, batch: BatchStats): void;
  loadDone(id: ServableId, facts: LoadFacts): void;
  warmupDone(id: ServableId, facts: WarmupFacts): void;
  /** Sampled requests of a model, by what became of them. */
  requestsLogged(model: string, outcome: 'written' | 'dropped', records: number): void;
  workerLost(id: ServableId): void;
  /** What this server decided about a version as a rollout's candidate. */
  rolloutDecided(id: ServableId, decision: RolloutAction['kind']): void;
  /** A request of another version was to be shown to this one. */
  requestMirrored(id: ServableId, outcome: MirrorOutcome): void;
  /** What becomes of the object store with this root; the same observer for the same root. */
  readonly store: (url: string) => ObservedStore;
  /** A version changed its state. What was counted for one that has ended leaves the page some minutes later. */
  versionChanged(id: ServableId, hasEnded: boolean): void;
  /** The page for Prometheus, and its content type. */
  page(): Promise<{ readonly contentType: string; readonly text: string }>;
  descriptions(): readonly MetricDescription[];
}

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new MetricRegistry();
  const versions = new ObservedVersions(registry);
  const past = new PastVersions(options.clock, (id) => versions.forget(id));
  const grpcCall = grpcCallMetrics(registry);
  const restRequest = restRequestMetrics(registry);
  const store = remembered(storeMetrics(registry));
  modelMetrics(registry, options);
  const { load } = options;
  const logged = registry.counter(
    'tensorfleet_request_log_records_total',
    'Sampled requests, by outcome: written or dropped',
    ['model', 'outcome'],
  );
  registry
    .gauge('tensorfleet_build_info', 'One; the labels say what runs', ['version', 'node'])
    .series({ version: options.version, node: process.version })
    .add();
  return {
    requestStarted(id) {
      versions.of(id.name, id.version).requestStarted();
      load?.requestStarted(id);
    },
    requestDone(facts) {
      versions.of(facts.model, facts.version).requestDone(facts);
      load?.requestDone(facts);
    },
    batchDone(id, batch) {
      versions.of(id.name, id.version).batchDone(batch);
      load?.batchDone(id, batch);
    },
    loadDone: ({ name, version }, facts) => versions.of(name, version).loadDone(facts),
    warmupDone: ({ name, version }, facts) => versions.of(name, version).warmupDone(facts),
    requestsLogged: (model, outcome, records) => logged.series({ model, outcome }).add(records),
    workerLost: ({ name, version }) => versions.of(name, version).workerLost(),
    rolloutDecided: ({ name, version }, decision) => versions.of(name, version).rolloutDecided(decision),
    requestMirrored: ({ name, version }, outcome) => versions.of(name, version).requestMirrored(outcome),
    grpcCallDone({ path = '', ...facts }) {
      grpcCall(path, facts.code);
      versions.of(facts.trace?.model ?? '', facts.trace?.version).callDone({ protocol: 'grpc', ...facts });
    },
    restRequestDone({ method, status, ...facts }) {
      restRequest(method, status);
      versions.of(facts.trace?.model ?? '', facts.trace?.version).callDone({ protocol: 'rest', ...facts });
    },
    store,
    versionChanged(id, hasEnded) {
      versions.of(id.name, id.version);
      return hasEnded ? past.ended(id) : past.cameBack(id);
    },
    descriptions: () => registry.descriptions(),
    page() {
      past.prune();
      return registry.page();
    },
  };
}
