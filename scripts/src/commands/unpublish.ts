import { failedPrecondition, type Version } from '@tensorfleet/core';
import { unpublishVersion } from '@tensorfleet/repository';
import { type Command, InvalidArgumentError } from 'commander';
import { indexedModel } from '../repository/indexed-model.ts';
import { NEXT_STEP } from '../terminal/fail.ts';
import type { CommandContext } from './command-context.ts';
import { placeOf, type RepositoryModel, repositoryModel } from './repository-model.ts';
import { versionOption } from './version-option.ts';

const EXAMPLES = `
Servers on the directory go back to the highest version that is left; requests
in flight are answered first. For a repository with labels, or in a store,
"tensorfleet retire --delete" does the same, and keeps the number from being
given again.

Examples:
  $ tensorfleet unpublish .tensorfleet/models/mnist --version 2
  $ tensorfleet unpublish models/mnist --version 7`;

export function addUnpublish(program: Command, { terminal }: CommandContext): void {
  program
    .command('unpublish')
    .description('Take a version of a model out of a directory of models. Its files are deleted.')
    .argument('<directory/model>', 'where it is', directoryModel)
    .addOption(versionOption('the version to take out'))
    .addHelpText('after', EXAMPLES)
    .action(async ({ root, model }: RepositoryModel, { version }: { readonly version: Version }) => {
      const indexed = await indexedModel({ kind: 'directory', root, model });
      if (indexed?.versions.has(version)) {
        const step = `"tensorfleet retire ${placeOf({ root, model })} --version ${version} --delete" takes it out of both`;
        throw failedPrecondition(`version ${version} of model "${model}" is in the index of "${root}"`, {
          [NEXT_STEP]: step,
        });
      }
      await unpublishVersion({ root, model, version });
      terminal.out.line(`unpublished ${model} version ${version} from ${root}`);
    });
}

function directoryModel(text: string): RepositoryModel {
  const place = repositoryModel(text);
  if (place.kind === 'store') {
    throw new InvalidArgumentError(`In a store it is "tensorfleet retire ${placeOf(place)} --version <n> --delete".`);
  }
  return place;
}
