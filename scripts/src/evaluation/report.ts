import { CODE_NAMES } from '@tensorfleet/core';
import { percentile } from './percentile.ts';
import type { Outcome, Run } from './run-requests.ts';

/** What an evaluation found. Everything but `failures` is about the requests that were answered. */
export interface EvaluationReport {
  readonly requests: number;
  readonly answered: number;
  readonly misread: number;
  /** misread / answered; null when nothing was answered. */
  readonly errorRate: number | null;
  /** By the name of the code; `example` is one of the messages. */
  readonly failures: Readonly<Record<string, { readonly count: number; readonly example: string }>>;
  readonly versions: Readonly<Record<string, VersionReport>>;
  readonly durationSeconds: number;
  readonly requestsPerSecond: number;
  /** Null when nothing was answered. */
  readonly latencyMs: { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number } | null;
}

export interface VersionReport {
  readonly answered: number;
  readonly misread: number;
  readonly errorRate: number;
}

type Answered = Outcome & { readonly kind: 'answered' };

export function reportOf({ outcomes, durationMs }: Run): EvaluationReport {
  const answered = outcomes.filter((outcome): outcome is Answered => outcome.kind === 'answered');
  const misread = countMisread(answered);
  const seconds = durationMs / 1000;
  return {
    requests: outcomes.length,
    answered: answered.length,
    misread,
    errorRate: answered.length === 0 ? null : misread / answered.length,
    failures: failuresOf(outcomes),
    versions: versionsOf(answered),
    durationSeconds: seconds,
    requestsPerSecond: seconds === 0 ? 0 : outcomes.length / seconds,
    latencyMs: answered.length === 0 ? null : latenciesOf(answered),
  };
}

function countMisread(answered: readonly Answered[]): number {
  return answered.filter(({ isMisread }) => isMisread).length;
}

function failuresOf(outcomes: readonly Outcome[]): EvaluationReport['failures'] {
  const failed = outcomes.filter((outcome) => outcome.kind === 'failed');
  const byCode = Map.groupBy(failed, ({ code }) => CODE_NAMES[code]);
  return Object.fromEntries(
    Array.from(byCode, ([code, all]) => [code, { count: all.length, example: all[0]?.message ?? '' }]),
  );
}

/** By version, lowest first; `unknown` collects the answers of servers that do not say. */
function versionsOf(answered: readonly Answered[]): EvaluationReport['versions'] {
  const byVersion = Map.groupBy(answered, ({ version }) => version ?? Number.POSITIVE_INFINITY);
  const ascending = [...byVersion].toSorted(([left], [right]) => left - right);
  return Object.fromEntries(
    ascending.map(([version, all]) => {
      const misread = countMisread(all);
      const name = Number.isFinite(version) ? String(version) : 'unknown';
      return [name, { answered: all.length, misread, errorRate: misread / all.length }];
    }),
  );
}

function latenciesOf(answered: readonly Answered[]): NonNullable<EvaluationReport['latencyMs']> {
  const ascending = Float64Array.from(answered, ({ durationMs }) => durationMs).sort();
  return {
    p50: percentile(ascending, 0.5),
    p90: percentile(ascending, 0.9),
    p99: percentile(ascending, 0.99),
    max: ascending.at(-1) ?? Number.NaN,
  };
}
