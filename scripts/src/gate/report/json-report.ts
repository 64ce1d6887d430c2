import type { Statement } from '../examples/examples.ts';
import type { GateReport } from '../gate-report.ts';

/** The report for programs. Values that are no numbers are null, since JSON has none. */
export function jsonReport(report: GateReport): string {
  const { at, version, baselineVersion, verdict, worst, ...rest } = report;
  const value = {
    format: 1,
    at: new Date(at).toISOString(),
    version: version ?? null,
    baseline_version: baselineVersion ?? null,
    passed: verdict.passed,
    checks: verdict.checks,
    ...rest,
    worst: worst.map(({ truth, said, baseline, ...example }) => ({
      ...example,
      truth: plain(truth),
      said: plain(said),
      baseline: baseline === undefined ? null : plain(baseline),
    })),
  };
  return `${JSON.stringify(value, null, 1)}\n`;
}

function plain(statement: Statement): unknown {
  return statement.kind === 'label'
    ? { label: statement.label, score: statement.score }
    : { values: [...statement.values] };
}
