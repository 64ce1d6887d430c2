import { basename } from 'node:path';
import type { Version } from '@tensorfleet/core';
import { type Failures, failuresOf, isAnswered, isFailed } from '../evaluation/report.ts';
import type { Answers, Both } from './ask-both.ts';
import type { Examples } from './examples/examples.ts';
import { agreementOf, answerMetrics } from './findings/answer-metrics.ts';
import { type Confusion, confusionOf } from './findings/confusion.ts';
import { type Histogram, histogramOf } from './findings/histogram.ts';
import { type WorstExample, worstExamples } from './findings/worst-examples.ts';
import type { GateConfig } from './gate-config.ts';
import { type Verdict, verdictOf } from './gate-verdict.ts';
import type { Metrics } from './metrics.ts';

/** Everything that a gate has found. */
export interface GateReport {
  readonly model: string;
  /** Of the candidate; undefined while it has none. */
  readonly version: Version | undefined;
  /** Undefined where there is none to compare with. */
  readonly baselineVersion: Version | undefined;
  /** When it was made; milliseconds since the epoch. */
  readonly at: number;
  /** The file's name only: reports travel. */
  readonly data: { readonly file: string; readonly examples: number };
  /** To each version. */
  readonly requests: number;
  readonly concurrency: number;
  readonly verdict: Verdict;
  readonly metrics: Both<Metrics>;
  readonly failures: Both<Failures>;
  readonly confusion: Both<Confusion> | undefined;
  /** Milliseconds of the answered requests. */
  readonly latencies: Histogram<'candidate' | 'baseline'> | undefined;
  readonly worst: readonly WorstExample[];
}

export interface ReportInput extends Pick<GateReport, 'model' | 'version' | 'baselineVersion' | 'at'> {
  readonly gate: GateConfig;
  readonly examples: Examples;
  readonly answers: Both<Answers>;
  /** What else was measured: size, memory. */
  readonly other: Both<Metrics>;
  readonly requests: number;
}

const LATENCY_BINS = 40;
const MAX_WORST = 24;

export function gateReport(input: ReportInput): GateReport {
  const { model, version, baselineVersion, at, gate, examples, answers, other, requests } = input;
  const agreement = agreementOf(answers, examples);
  const candidate: Metrics = {
    ...answerMetrics(answers.candidate, examples),
    ...other.candidate,
    ...(agreement !== undefined && { agreement }),
  };
  const baseline = answers.baseline && { ...answerMetrics(answers.baseline, examples), ...other.baseline };
  const confusion = confusionOf(answers.candidate, examples);
  return {
    model,
    version,
    baselineVersion,
    at,
    data: { file: basename(gate.data.file), examples: examples.count },
    requests,
    concurrency: gate.concurrency,
    verdict: verdictOf({ candidate, baseline }, gate),
    metrics: { candidate, baseline },
    failures: {
      candidate: failuresOf(answers.candidate.filter(isFailed)),
      baseline: answers.baseline && failuresOf(answers.baseline.filter(isFailed)),
    },
    confusion: confusion && {
      candidate: confusion,
      baseline: answers.baseline && confusionOf(answers.baseline, examples),
    },
    latencies: histogramOf(
      { candidate: durationsOf(answers.candidate), baseline: durationsOf(answers.baseline ?? []) },
      LATENCY_BINS,
    ),
    worst: worstExamples(answers, examples, MAX_WORST),
  };
}

function durationsOf(answers: Answers): readonly number[] {
  return answers.filter(isAnswered).map(({ durationMs }) => durationMs);
}
