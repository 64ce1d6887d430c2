import type { Version } from '@tensorfleet/core';
import { rollback, STABLE } from '@tensorfleet/repository';
import type { Command } from 'commander';
import { interruptible } from '../interrupt.ts';
import { changeModel } from '../repository/change-index.ts';
import { renderChange } from '../repository/render-change.ts';
import type { CommandContext } from './command-context.ts';
import { labelName } from './label-target.ts';
import { type RepositoryModel, repositoryModel } from './repository-model.ts';
import { versionNumber } from './version-option.ts';

const EXAMPLES = `
Without --to the label goes back to the version that it stood for before; a
second time, one further. A rollout that is running ends, and its label goes
back to where it began. "tensorfleet versions … --history" shows what was
when.

Examples:
  $ tensorfleet rollback s3://models/mnist
  $ tensorfleet rollback s3://models/mnist --to 12 --reason "confuses 4 and 9"`;

interface RollbackFlags {
  readonly label: string;
  readonly to?: Version;
  readonly reason?: string;
}

export function addRollback(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('rollback')
    .description('Let a label of a model go back to the version before.')
    .argument('<repository/model>', 'where it is', repositoryModel)
    .option('--label <name>', 'the label', labelName, STABLE)
    .option('--to <n>', 'the version to go back to (default: the one before)', versionNumber)
    .option('--reason <text>', 'why, for the history')
    .addHelpText('after', EXAMPLES)
    .action(async (place: RepositoryModel, { label, to, reason }: RollbackFlags) => {
      await interruptible(terminal, finish, async (signal) => {
        const { model } = place;
        const now = Date.now;
        const edit = {
          model,
          label,
          at: now(),
          ...(to !== undefined && { to }),
          ...(reason !== undefined && { reason }),
        };
        const versions = to === undefined ? [] : [to];
        const changed = await changeModel({ place, versions, edit: (index) => rollback(index, edit), now, signal });
        terminal.out.line(renderChange(model, changed, `${label} is ${to ?? 'there'} already`));
      });
    });
}
