import type { Version } from '@tensorfleet/core';
import { clearShadow, setShadow } from '@tensorfleet/repository';
import { type Command, Option } from 'commander';
import { percentage } from '../flags.ts';
import { interruptible } from '../interrupt.ts';
import { changeModel } from '../repository/change-index.ts';
import { renderChange } from '../repository/render-change.ts';
import type { CommandContext } from './command-context.ts';
import { type RepositoryModel, repositoryModel } from './repository-model.ts';
import { versionNumber } from './version-option.ts';

const EXAMPLES = `
The shadow is sent a copy of requests that other versions answer. Its answers
are compared and counted, never returned, and no request waits for it. A model
has one shadow.

Examples:
  $ tensorfleet shadow s3://models/mnist --version 13 --percent 10
  $ tensorfleet shadow s3://models/mnist --off`;

interface ShadowFlags {
  readonly version?: Version;
  readonly percent: number;
  readonly off?: boolean;
}

export function addShadow(program: Command, { terminal, finish }: CommandContext): void {
  const command = program
    .command('shadow')
    .description('Send a version a copy of the requests to a model, to see what it would answer.')
    .argument('<repository/model>', 'where it is', repositoryModel)
    .addOption(
      new Option('--version <n>', 'the version that is asked as well').argParser(versionNumber).conflicts('off'),
    )
    .option('--percent <n>', 'share of the requests that it sees', percentage, 100)
    .option('--off', 'end the shadow')
    .addHelpText('after', EXAMPLES);
  command.action(async (place: RepositoryModel, { version, percent, off = false }: ShadowFlags) => {
    if (version === undefined && !off) {
      command.error('error: name the shadow with --version, or end it with --off');
    }
    await interruptible(terminal, finish, async (signal) => {
      const { model } = place;
      const now = Date.now;
      const at = now();
      const changed = await changeModel({
        ...{ place, now, signal, versions: version === undefined ? [] : [version] },
        edit: (index) =>
          version === undefined ? clearShadow(index, { model, at }) : setShadow(index, { model, version, percent, at }),
      });
      const already = version === undefined ? 'it has no shadow' : `its shadow is ${version}, ${percent} %, already`;
      terminal.out.line(renderChange(model, changed, already));
    });
  });
}
