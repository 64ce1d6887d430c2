import { writeFile } from 'node:fs/promises';
import { readGateFile } from '../gate/gate-config.ts';
import { failedReasons, type GatedOutcome, type GatedPublishOptions, publishGated } from '../gate/publish-gated.ts';
import type { ReportFiles } from '../gate/report/finding.ts';
import { renderGate } from '../gate/report/render-gate.ts';
import type { Candidate } from '../publication/publish.ts';
import { publishedLine } from '../publication/render-published.ts';
import { waitingClock } from '../repository/waiting-clock.ts';
import { ExitCode } from '../terminal/fail.ts';
import { createProgress, type Progress } from '../terminal/progress.ts';
import { oneLine } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface GateFlags {
  /** Path of the gate. */
  readonly gate: string;
  /** Path of the report of a version that is not published. */
  readonly report: string;
  readonly dryRun: boolean;
}

/** `publish --gate`: measures, prints what was found, and publishes what passes. */
export async function publishThroughGate(
  candidate: Candidate,
  { gate: path, report, dryRun }: GateFlags,
  publish: GatedPublishOptions['publish'],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  const gate = await readGateFile(path);
  let bar: Progress | undefined;
  const hide = (): void => {
    bar?.[Symbol.dispose]();
    bar = undefined;
  };
  const outcome = await publishGated({
    ...{ candidate, gate, dryRun, clock: waitingClock, wallTime: Date.now, signal },
    onProgress(done, total) {
      bar ??= createProgress(terminal, 'measuring', 'requests');
      bar.update(done, total);
    },
    publish(...passed) {
      hide();
      return publish(...passed);
    },
  }).finally(hide);
  const { out, err } = terminal;
  const { finding } = outcome;
  out.line(renderGate(finding.report, out.colours));
  if (outcome.kind === 'passed' && outcome.published !== undefined) {
    out.line(publishedLine(outcome.published));
    return ExitCode.Ok;
  }
  await writeReport(report, finding.files());
  if (outcome.kind === 'passed') {
    out.line(`the gate is passed; nothing was published, the report is ${report}`);
    return ExitCode.Ok;
  }
  for (const reason of failedReasons(finding.report)) {
    err.line(`${err.colours.red('tensorfleet:')} ${oneLine(reason)}`);
  }
  err.line(refusedLine(outcome, report));
  return ExitCode.Failed;
}

function refusedLine({ finding, withdrawn }: GatedOutcome & { readonly kind: 'refused' }, report: string): string {
  const { baselineVersion } = finding.report;
  const done = withdrawn === undefined ? 'nothing was published' : `version ${withdrawn} is retired again`;
  const serving = baselineVersion === undefined ? '' : `, version ${baselineVersion} serves on`;
  return `refused: ${done}${serving}; ${report} shows what was found`;
}

/** The page, and beside it the same as JSON. */
async function writeReport(path: string, { page, data }: ReportFiles): Promise<void> {
  await writeFile(path, page);
  await writeFile(`${path.replace(/\.html?$/i, '')}.json`, data);
}
