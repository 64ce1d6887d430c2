import { formatMs, formatPercent } from '../terminal/format.ts';
import { oneLine, renderTable } from '../terminal/table.ts';
import type { Colours } from '../terminal/terminal.ts';
import type { EvaluationReport } from './report.ts';

/** The report for people, without an end of line. */
export function renderReport(report: EvaluationReport, colours: Colours): string {
  const { requests, answered, misread, errorRate, latencyMs } = report;
  const failures = Object.entries(report.failures);
  const failed = requests - answered;
  const facts: readonly (readonly [string, string])[] = [
    ['error rate', errorRate === null ? 'nothing was answered' : colours.bold(formatPercent(errorRate))],
    ['misread', `${misread} of ${answered} answered`],
    ['failed', failed === 0 ? '0' : colours.red(String(failed))],
    ...(latencyMs === null
      ? []
      : [
          [
            'latency',
            `p50 ${formatMs(latencyMs.p50)} ms, p90 ${formatMs(latencyMs.p90)} ms, p99 ${formatMs(latencyMs.p99)} ms, longest ${formatMs(latencyMs.max)} ms`,
          ] as const,
        ]),
    [
      'rate',
      `${report.requestsPerSecond.toFixed(0)} requests per second, ${report.durationSeconds.toFixed(1)} s in all`,
    ],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const parts = [facts.map(([name, value]) => `${colours.dim(name.padEnd(width))}  ${value}`).join('\n')];
  if (answered > 0) {
    parts.push(renderVersions(report, colours));
  }
  if (failures.length > 0) {
    parts.push(failures.map(([code, { count, example }]) => `${count} × ${code}, e.g. ${oneLine(example)}`).join('\n'));
  }
  return parts.join('\n\n');
}

function renderVersions({ versions }: EvaluationReport, colours: Colours): string {
  const columns = [
    { title: 'version', align: 'right' },
    { title: 'answered', align: 'right' },
    { title: 'misread', align: 'right' },
    { title: 'error rate', align: 'right' },
  ] as const;
  const rows = Object.entries(versions).map(([version, { answered, misread, errorRate }]) => [
    version,
    String(answered),
    String(misread),
    formatPercent(errorRate),
  ]);
  return renderTable(columns, rows, colours);
}
