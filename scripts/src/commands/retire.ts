import type { Version } from '@tensorfleet/core';
import { retireFromDirectory, retireFromStore } from '@tensorfleet/repository';
import type { Command } from 'commander';
import { interruptible } from '../interrupt.ts';
import { withRepository } from '../repository/open-repository.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { oneLine } from '../terminal/table.ts';
import type { CommandContext } from './command-context.ts';
import { type RepositoryModel, repositoryModel } from './repository-model.ts';
import { versionOption } from './version-option.ts';

const EXAMPLES = `
Servers unload the version when they hear of it. Its number is not given
again, so that nobody takes other files for it. A version that a label, the
shadow or a rollout names is not retired: move the label first. Its files
stay, unless they are deleted, and what is left of an interrupted upload or of
a rejected one can be deleted the same way.

Examples:
  $ tensorfleet retire s3://models/mnist --version 11
  $ tensorfleet retire s3://models/mnist --version 11 --delete`;

interface RetireFlags {
  readonly version: Version;
  readonly delete?: boolean;
}

export function addRetire(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('retire')
    .description('Take a version of a model out of a repository for good.')
    .argument('<repository/model>', 'where it is', repositoryModel)
    .addOption(versionOption('the version to retire'))
    .option('--delete', 'delete its files, too')
    .addHelpText('after', EXAMPLES)
    .action(async (place: RepositoryModel, { version, delete: deleteFiles = false }: RetireFlags) => {
      await interruptible(terminal, finish, async (signal) => {
        const { model, root, kind } = place;
        const { changed, deletedFiles, deletedBytes } = await withRepository(place, async (store) => {
          const edit = { store, model, version, deleteFiles, now: Date.now };
          return kind === 'store'
            ? await retireFromStore({ ...edit, signal })
            : { deletedFiles: 0, deletedBytes: 0, ...(await retireFromDirectory({ ...edit, root })) };
        });
        const files = `${formatCount(deletedFiles)} ${deletedFiles === 1 ? 'file' : 'files'}`;
        const deleted = deletedFiles === 0 ? '' : `, ${files} deleted (${formatBytes(deletedBytes)})`;
        terminal.out.line(`${oneLine(model)}: version ${version} is retired${changed ? '' : ' already'}${deleted}`);
      });
    });
}
