import type { Image } from '@tensorfleet/preprocess';
import { formatCount } from '../../terminal/format.ts';
import type { GateReport } from '../gate-report.ts';
import { confusionTable, scaleOf } from './confusion-table.ts';
import { latencyChart } from './latency-chart.ts';
import { html, type Markup } from './markup.ts';
import { PAGE_STYLE } from './page-style.ts';
import { outcomeWord, type SummaryRow, summaryRows } from './summary-rows.ts';
import { worstExamplesOf } from './worst-examples.ts';

/**
 * The report as one page that needs nothing else: no scripts, no files, no network. `picture` gives the pictures of
 * examples, where they are pictures.
 */
export function htmlReport(report: GateReport, picture: (index: number) => Image | undefined): string {
  const names = namesOf(report);
  const { passed } = report.verdict;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${report.model}: the gate ${passed ? 'was passed' : 'refused'}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>${report.model}: ${names.candidate}</h1>
<p class="verdict ${passed ? 'held' : 'failed'}">${passed ? 'Passed the gate' : 'Refused by the gate'}</p>
<p class="soft">${circumstances(report)}</p>
${reasons(report)}
<h2>Metrics</h2>
${summaryTable(report, names)}
${failures(report, names)}
${latencies(report, names)}
${confusions(report, names)}
${worst(report, picture)}
</main>
</body>
</html>
`;
  return page.toString();
}

interface Names {
  readonly candidate: string;
  readonly baseline: string;
}

function namesOf({ version, baselineVersion }: GateReport): Names {
  return {
    candidate: version === undefined ? 'candidate' : `version ${version}`,
    baseline: baselineVersion === undefined ? 'serving version' : `version ${baselineVersion}`,
  };
}

function circumstances({ requests, concurrency, data, at, baselineVersion }: GateReport): string {
  const against = baselineVersion === undefined ? 'no serving version' : `version ${baselineVersion}, which is serving`;
  const time = new Date(at).toISOString().replace('T', ' ').slice(0, 16);
  return `${formatCount(requests)} requests to each, ${concurrency} at a time, over ${formatCount(data.examples)} examples of ${data.file}; compared with ${against}; ${time} UTC`;
}

function reasons({ verdict }: GateReport): Markup | undefined {
  const failed = verdict.checks.filter(({ outcome }) => outcome === 'failed');
  return failed.length === 0
    ? undefined
    : html`<ul class="reasons">${failed.map(({ reason }) => html`<li>${reason}</li>`)}</ul>`;
}

function summaryTable(report: GateReport, names: Names): Markup {
  const rows = summaryRows(report).map(summaryRow);
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">metric</th><th scope="col" class="number">${names.candidate}</th><th scope="col" class="number">${names.baseline}</th><th scope="col">demanded</th><th scope="col">verdict</th></tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}

function summaryRow({ title, candidate, baseline, bound, outcome }: SummaryRow): Markup {
  return html`<tr><th scope="row">${title}</th><td class="number">${candidate}</td><td class="number">${baseline}</td><td>${bound}</td><td class="${outcome ?? ''}">${outcomeWord(outcome)}</td></tr>
`;
}

function failures({ failures: { candidate, baseline } }: GateReport, names: Names): Markup | undefined {
  const items = [
    ...Object.entries(candidate).map(([code, failure]) => ({ name: names.candidate, code, ...failure })),
    ...Object.entries(baseline ?? {}).map(([code, failure]) => ({ name: names.baseline, code, ...failure })),
  ].map(({ name, code, count, example }) => html`<li>${name}: ${count} × ${code}, e.g. ${example}</li>`);
  return items.length === 0 ? undefined : html`<h2>Failed requests</h2><ul>${items}</ul>`;
}

function latencies({ latencies: histogram, metrics }: GateReport, names: Names): Markup | undefined {
  if (histogram === undefined) {
    return undefined;
  }
  const { candidate, baseline } = metrics;
  const p99 = { candidate: candidate.latency_p99_ms, baseline: baseline?.latency_p99_ms };
  const serving = baseline && html`<span class="key"><span class="swatch baseline"></span>${names.baseline}</span>`;
  return html`<h2>Latency</h2>
<p><span class="key"><span class="swatch candidate"></span>${names.candidate}</span>${serving}</p>
${latencyChart({ latencies: histogram, p99, names })}`;
}

function confusions({ confusion }: GateReport, names: Names): Markup | undefined {
  if (confusion === undefined) {
    return undefined;
  }
  const { candidate, baseline } = confusion;
  const scale = scaleOf(baseline === undefined ? [candidate] : [candidate, baseline]);
  const serving = baseline && confusionTable(baseline, scale, names.baseline);
  return html`<h2>What was read as what</h2>
<p class="soft">rows: the right label; columns: what was read</p>
<div class="matrices">${confusionTable(candidate, scale, names.candidate)}${serving}</div>`;
}

function worst({ worst: examples }: GateReport, picture: (index: number) => Image | undefined): Markup {
  if (examples.length === 0) {
    return html`<h2>Worst examples</h2><p>There are none: every answer was right.</p>`;
  }
  const isRead = examples[0]?.said.kind === 'label';
  const order = isRead ? 'wrong with the highest score first' : 'the largest mean absolute error first';
  return html`<h2>Worst examples</h2><p class="soft">${order}</p>
${worstExamplesOf(examples, picture)}`;
}
