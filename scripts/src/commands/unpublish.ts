import { unpublishVersion } from '@tensorfleet/repository';
import { type Command, Option } from 'commander';
import { wholeNumber } from '../flags.ts';
import type { CommandContext } from './command-context.ts';
import { type RepositoryModel, repositoryModel } from './repository-model.ts';

const EXAMPLES = `
Servers on the repository go back to the highest version that is left; requests in flight are answered first.

Examples:
  $ tensorfleet unpublish .tensorfleet/models/mnist --version 2
  $ tensorfleet unpublish models/mnist --version 7`;

export function addUnpublish(program: Command, { terminal }: CommandContext): void {
  program
    .command('unpublish')
    .description('Take a version of a model out of a repository. Its files are deleted.')
    .argument('<repository/model>', 'where it is', repositoryModel)
    .addOption(
      new Option('--version <n>', 'the version to take out')
        .argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER))
        .makeOptionMandatory(),
    )
    .addHelpText('after', EXAMPLES)
    .action(async ({ root, model }: RepositoryModel, { version }: { readonly version: number }) => {
      await unpublishVersion({ root, model, version });
      terminal.out.line(`unpublished ${model} version ${version} from ${root}`);
    });
}
