import type { Version } from '@tensorfleet/core';
import type { RepositoryIndex } from '@tensorfleet/repository';
import { removeLabel, setLabel, setWeights } from '@tensorfleet/repository';
import type { Command } from 'commander';
import { interruptible } from '../interrupt.ts';
import { changeModel } from '../repository/change-index.ts';
import { renderChange } from '../repository/render-change.ts';
import type { CommandContext } from './command-context.ts';
import { type LabelAssignment, labelAssignment, labelNames } from './label-target.ts';
import { type RepositoryModel, repositoryModel } from './repository-model.ts';

const EXAMPLES = `
Requests that name a label are answered by its version. With shares, a label
has several: clients that send the header x-routing-key always meet the same
one, others are spread at random. Requests without version and label go to the
label "stable" where there is one, else to the highest version. All that one
command says takes effect at once.

Examples:
  $ tensorfleet label s3://models/mnist canary=13
  $ tensorfleet label s3://models/mnist canary=12:95,13:5
  $ tensorfleet label models/mnist stable=12 canary=13
  $ tensorfleet label models/mnist --remove canary`;

interface LabelFlags {
  readonly remove?: readonly string[];
}

export function addLabel(program: Command, { terminal, finish }: CommandContext): void {
  const command = program
    .command('label')
    .description('Let labels of a model stand for versions, or for shares of the requests.')
    .argument('<repository/model>', 'where it is', repositoryModel)
    .argument('[label=version...]', 'stable=12, or canary=12:95,13:5', (text: string, all: LabelAssignment[] = []) => [
      ...all,
      labelAssignment(text),
    ])
    .option('--remove <labels>', 'take these labels away, with commas between them', labelNames)
    .addHelpText('after', EXAMPLES);
  command.action(
    async (place: RepositoryModel, assignments: readonly LabelAssignment[], { remove = [] }: LabelFlags) => {
      if (assignments.length + remove.length === 0) {
        command.error('error: say what a label stands for, for example canary=13, or --remove one');
      }
      await interruptible(terminal, finish, async (signal) => {
        const now = Date.now;
        const at = now();
        const edits = [
          ...remove.map((label) => (index: RepositoryIndex) => removeLabel(index, { model: place.model, label, at })),
          ...assignments.map((each) => (index: RepositoryIndex) => assign(index, place.model, each, at)),
        ];
        const edit = (index: RepositoryIndex): RepositoryIndex => edits.reduce((current, each) => each(current), index);
        const changed = await changeModel({ place, versions: assignments.flatMap(versionsIn), edit, now, signal });
        terminal.out.line(renderChange(place.model, changed, 'its labels are so already'));
      });
    },
  );
}

function assign(index: RepositoryIndex, model: string, assignment: LabelAssignment, at: number): RepositoryIndex {
  return 'weights' in assignment
    ? setWeights(index, { model, at, ...assignment })
    : setLabel(index, { model, at, ...assignment });
}

function versionsIn(assignment: LabelAssignment): readonly Version[] {
  return 'weights' in assignment ? [...assignment.weights.keys()] : [assignment.version];
}
