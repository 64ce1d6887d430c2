import { oneLine, renderTable } from '../../terminal/table.ts';
import type { Colours } from '../../terminal/terminal.ts';
import type { GateReport } from '../gate-report.ts';
import type { Check } from '../gate-verdict.ts';
import { outcomeWord, summaryRows } from './summary-rows.ts';

/** The report for people at a terminal, without an end of line. */
export function renderGate(report: GateReport, colours: Colours): string {
  const { baselineVersion, failures, requests } = report;
  const columns = [
    { title: `metric, ${requests} requests` },
    { title: 'candidate', align: 'right' },
    { title: baselineVersion === undefined ? 'serving' : `serving (${baselineVersion})`, align: 'right' },
    { title: 'demanded' },
    { title: 'verdict' },
  ] as const;
  const styles: Readonly<Record<Check['outcome'], (text: string) => string>> = {
    held: colours.green,
    failed: colours.red,
    skipped: colours.dim,
  };
  const rows = summaryRows(report).map(({ title, candidate, baseline, bound, outcome }) => [
    title,
    candidate,
    baseline,
    bound,
    { text: outcomeWord(outcome), style: outcome === undefined ? String : styles[outcome] },
  ]);
  const failed = Object.entries(failures.candidate).map(
    ([code, { count, example }]) => `${count} × ${code}, e.g. ${oneLine(example)}`,
  );
  return [renderTable(columns, rows, colours), ...failed].join('\n');
}
