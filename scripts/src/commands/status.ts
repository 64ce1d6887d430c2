import type { Command } from 'commander';
import { createFleetTarget } from '../fleet/create-fleet-target.ts';
import type { VersionEntry } from '../fleet/fleet-target.ts';
import { onInterrupt } from '../interrupt.ts';
import { ExitCode } from '../terminal/fail.ts';
import { renderTable } from '../terminal/table.ts';
import type { Colours } from '../terminal/terminal.ts';
import type { CommandContext } from './command-context.ts';
import { addTargetOptions, type TargetOptions } from './target-options.ts';

const EXAMPLES = `
Examples:
  $ tensorfleet status
  $ tensorfleet status --model mnist --to localhost:8500`;

interface StatusFlags extends TargetOptions {
  readonly model?: string;
  readonly json?: boolean;
}

export function addStatus(program: Command, { terminal, finish }: CommandContext): void {
  const command = program
    .command('status')
    .description('List the models of a fleet, their versions, and what is wrong with them.')
    .option('--model <name>', 'this model only')
    .option('--json', 'print JSON instead of a table');
  addTargetOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async ({ model, to, timeout, json = false }: StatusFlags) => {
      using interrupt = onInterrupt();
      await using target = createFleetTarget(to);
      try {
        const entries = await target.versions(model, { timeoutMs: timeout, signal: interrupt.signal });
        const { out } = terminal;
        out.line(json ? JSON.stringify(entries, null, 2) : renderStatus(entries, out.colours));
      } catch (reason) {
        if (!interrupt.signal.aborted) {
          throw reason;
        }
        finish(ExitCode.Interrupted);
      }
    });
}

export function renderStatus(entries: readonly VersionEntry[], colours: Colours): string {
  if (entries.length === 0) {
    return 'no models: "tensorfleet publish <directory> <repository>/<model>" makes one';
  }
  const hasLabels = entries.some(({ labels }) => labels !== undefined);
  const columns = [
    { title: 'model' },
    { title: 'version', align: 'right' },
    { title: 'state' },
    ...(hasLabels ? [{ title: 'labels' }] : []),
    { title: 'error' },
  ] as const;
  const rows = entries.map(({ model, version, state, error, labels = [] }) => [
    model,
    version === '' ? '-' : version,
    version === '' ? 'no version' : { text: state, style: state === 'AVAILABLE' ? colours.green : String },
    ...(hasLabels ? [labels.join(', ')] : []),
    { text: error, style: colours.red },
  ]);
  return renderTable(columns, rows, colours);
}
