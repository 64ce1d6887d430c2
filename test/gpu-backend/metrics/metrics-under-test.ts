import { Code, type Version, version } from '@tensorfleet/core';
import type { BatchStats } from '../../../gpu-backend/src/batching/shared-batch-scheduler.ts';
import { createMetrics, type Metrics, type MetricsOptions } from '../../../gpu-backend/src/metrics/metrics.ts';
import type { RequestFacts } from '../../../gpu-backend/src/server/request-observer.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { type MetricsPage, parseMetricsPage } from '../../support/metrics-page.ts';

export const V3 = version(3);

export const REQUEST: RequestFacts = {
  requestId: 'r',
  model: 'mnist',
  version: V3,
  api: 'Predict',
  entrypoint: 'GRPC',
  code: Code.Ok,
  durationMs: 20,
  examples: 0,
  rows: 4,
  queueMs: 5,
  runMs: 10,
};

export const BATCH: BatchStats = {
  rows: 5,
  executedRows: 8,
  tasks: 2,
  queueMs: [5, 3],
  waitMs: 5,
  durationMs: 10,
  queuedTasks: 0,
};

/** Metrics of a server that reads nothing, unless told, and the page as a scraper sees it. */
export function setUp(readings: Partial<MetricsOptions> = {}) {
  const clock = new FakeClock();
  const metrics = createMetrics({
    clock,
    version: '1.2.3',
    queueDepths: () => [],
    versionStates: () => [],
    labelShares: () => [],
    pendingLabels: () => [],
    models: () => [],
    ...readings,
  });
  return { clock, metrics, page: () => pageOf(metrics) };
}

async function pageOf(metrics: Metrics): Promise<MetricsPage> {
  return parseMetricsPage((await metrics.page()).text);
}

/** One whole request and the batch that it ran in. */
export function serve(metrics: Metrics, model: string, of: Version, facts: Partial<RequestFacts> = {}): void {
  metrics.requestStarted({ name: model, version: of });
  metrics.requestDone({ ...REQUEST, model, version: of, ...facts });
  metrics.batchDone({ name: model, version: of }, BATCH);
}
