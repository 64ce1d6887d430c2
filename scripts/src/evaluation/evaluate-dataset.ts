import { type Clock, failedPrecondition, type ModelSpec } from '@tensorfleet/core';
import type { Dataset } from '../data/dataset.ts';
import type { FleetTarget } from '../fleet/fleet-target.ts';
import { askLabel } from './ask-label.ts';
import { type EvaluationReport, reportOf } from './report.ts';
import { runRequests } from './run-requests.ts';

export interface EvaluateOptions {
  readonly spec: ModelSpec;
  /** More than the data set has begin again at its first picture. */
  readonly requests: number;
  readonly concurrency: number;
  /** For one request. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** Asks about each picture and compares the label. Rejects with FAILED_PRECONDITION for an empty data set only. */
export async function evaluateDataset(
  target: FleetTarget,
  dataset: Dataset,
  options: EvaluateOptions,
): Promise<EvaluationReport> {
  if (dataset.count === 0) {
    throw failedPrecondition('the data set holds no pictures');
  }
  const { spec, timeoutMs, signal } = options;
  const run = await runRequests(async (request) => {
    const index = request % dataset.count;
    const { label, version } = await askLabel(target, spec, dataset.image(index), { timeoutMs, signal });
    return { isMisread: label !== dataset.label(index), version };
  }, options);
  return reportOf(run);
}
