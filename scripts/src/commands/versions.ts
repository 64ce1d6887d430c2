import { notFound } from '@tensorfleet/core';
import type { Command } from 'commander';
import { interruptible } from '../interrupt.ts';
import { findPart, type RepositoryPart } from '../repository/find-versions.ts';
import { listModels } from '../repository/list-models.ts';
import type { ListedModel } from '../repository/listed-version.ts';
import { withRepository } from '../repository/open-repository.ts';
import { modelToJson, renderHistory, renderModels, renderVersions } from '../repository/render-versions.ts';
import { NEXT_STEP } from '../terminal/fail.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { CommandContext } from './command-context.ts';
import { placeOf, type Repository, repository } from './repository-model.ts';

const EXAMPLES = `
Of a model: its versions, what they were measured to be, and the labels that
stand for them. Of a repository: its models. What is "uploaded" has no line in
the index yet ("tensorfleet reindex" gives it one), what is "uploading" is
being published, or was when its publisher was interrupted. "tensorfleet
status" asks servers what they have loaded.

Examples:
  $ tensorfleet versions s3://models
  $ tensorfleet versions s3://models/mnist --history
  $ tensorfleet versions .tensorfleet/models/mnist --json`;

interface VersionsFlags {
  readonly history?: boolean;
  readonly json?: boolean;
}

export function addVersions(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('versions')
    .description('List the versions of a model in a repository, or the models of a repository.')
    .argument('<repository[/model]>', 'where to look', repository)
    .option('--history', 'show what has happened to the model, newest first')
    .option('--json', 'print JSON instead of a table')
    .addHelpText('after', EXAMPLES)
    .action(async (place: Repository, flags: VersionsFlags) => {
      await interruptible(terminal, finish, async (signal) => {
        const part = await findPart(place);
        const { kind, model } = part;
        const details = model !== undefined;
        const models = await withRepository(part, (store) =>
          listModels(store, { kind, details, signal, ...(model !== undefined && { model }) }),
        );
        show(part, models, flags, terminal);
      });
    });
}

function show(
  { root, model }: RepositoryPart,
  models: readonly ListedModel[],
  { history = false, json = false }: VersionsFlags,
  { out }: Terminal,
): void {
  const [only] = models;
  if (json) {
    out.line(JSON.stringify(models.map(modelToJson), null, 2));
  } else if (only === undefined) {
    const what = model === undefined ? root : placeOf({ root, model });
    const step = `"tensorfleet publish <directory> ${model === undefined ? `${root}/<model>` : what}" publishes`;
    throw notFound(`there is no version of a model at "${what}"`, { [NEXT_STEP]: step });
  } else if (model === undefined && !history) {
    out.line(renderModels(models, out.colours));
  } else {
    for (const each of models) {
      out.line(history ? renderHistory(each.indexed, out.colours) : renderVersions(each, out.colours));
    }
  }
}
