import { CODE_NAMES, type Version } from '@tensorfleet/core';
import { percentile } from './percentile.ts';
import type { Answered, Failed, Outcome, Run } from './run-requests.ts';

/** As much of an answer as the report is about. */
export interface ReadAnswer {
  readonly isMisread: boolean;
  readonly version: Version | undefined;
}

/** Failed requests by the name of their code; `example` is one of the messages. */
export type Failures = Readonly<Record<string, { readonly count: number; readonly example: string }>>;

/** Milliseconds of the answered requests. */
export interface Latencies {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** What an evaluation found. Everything but `failures` is about the requests that were answered. */
export interface EvaluationReport {
  readonly requests: number;
  readonly answered: number;
  readonly misread: number;
  /** misread / answered; null when nothing was answered. */
  readonly errorRate: number | null;
  readonly failures: Failures;
  readonly versions: Readonly<Record<string, VersionReport>>;
  readonly durationSeconds: number;
  readonly requestsPerSecond: number;
  /** Null when nothing was answered. */
  readonly latencyMs: Latencies | null;
}

export interface VersionReport {
  readonly answered: number;
  readonly misread: number;
  readonly errorRate: number;
}

export function reportOf({ outcomes, durationMs }: Run<ReadAnswer>): EvaluationReport {
  const answered = outcomes.filter(isAnswered);
  const misread = countMisread(answered);
  const seconds = durationMs / 1000;
  return {
    requests: outcomes.length,
    answered: answered.length,
    misread,
    errorRate: answered.length === 0 ? null : misread / answered.length,
    failures: failuresOf(outcomes.filter(isFailed)),
    versions: versionsOf(answered),
    durationSeconds: seconds,
    requestsPerSecond: seconds === 0 ? 0 : outcomes.length / seconds,
    latencyMs: latenciesOf(answered.map((each) => each.durationMs)),
  };
}

export function isAnswered<Answer>(outcome: Outcome<Answer>): outcome is Answered<Answer> {
  return outcome.kind === 'answered';
}

export function isFailed(outcome: Outcome<unknown>): outcome is Failed {
  return outcome.kind === 'failed';
}

function countMisread(answered: readonly Answered<ReadAnswer>[]): number {
  return answered.filter(({ answer }) => answer.isMisread).length;
}

export function failuresOf(failed: readonly Failed[]): Failures {
  const byCode = Map.groupBy(failed, ({ code }) => CODE_NAMES[code]);
  return Object.fromEntries(
    Array.from(byCode, ([code, all]) => [code, { count: all.length, example: all[0]?.message ?? '' }]),
  );
}

/** By version, lowest first; `unknown` collects the answers of servers that do not say. */
function versionsOf(answered: readonly Answered<ReadAnswer>[]): EvaluationReport['versions'] {
  const byVersion = Map.groupBy(answered, ({ answer }) => answer.version ?? Number.POSITIVE_INFINITY);
  const ascending = [...byVersion].toSorted(([left], [right]) => left - right);
  return Object.fromEntries(
    ascending.map(([version, all]) => {
      const misread = countMisread(all);
      const name = Number.isFinite(version) ? String(version) : 'unknown';
      return [name, { answered: all.length, misread, errorRate: misread / all.length }];
    }),
  );
}

/** Null for none. */
export function latenciesOf(durationsMs: readonly number[]): Latencies | null {
  const ascending = Float64Array.from(durationsMs).sort();
  const max = ascending.at(-1);
  return max === undefined
    ? null
    : { p50: percentile(ascending, 0.5), p90: percentile(ascending, 0.9), p99: percentile(ascending, 0.99), max };
}
