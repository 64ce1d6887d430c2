import { type Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '../flags.ts';
import { onInterrupt } from '../interrupt.ts';
import { type Published, publishCandidate, readCandidate } from '../publication/publish.ts';
import { dryRunLines, publishedLine } from '../publication/render-published.ts';
import { ExitCode } from '../terminal/fail.ts';
import { createProgress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { CommandContext } from './command-context.ts';
import { type RepositoryModel, repositoryModel } from './repository-model.ts';

const EXAMPLES = `
The directory holds one model and perhaps a manifest.json, which says how pictures become its input and its output
labels. Servers on the repository load the version as soon as all of it is there.

Examples:
  $ tensorfleet publish examples/mnist/saved_model/2 .tensorfleet/models/mnist
  $ tensorfleet publish exported/7 models/mnist --version 7 --dry-run`;

interface PublishFlags {
  readonly version: number | 'next';
  readonly dryRun?: boolean;
}

export function addPublish(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('publish')
    .description('Put a directory into a repository as a new version of a model: checked, digested, visible at once.')
    .argument('<directory>', 'the model to publish')
    .argument('<repository/model>', 'where it goes', repositoryModel)
    .option('--version <n>', 'number of the new version', versionOption, 'next')
    .option('--dry-run', 'check everything and publish nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (directory: string, place: RepositoryModel, flags: PublishFlags) => {
      using interrupt = onInterrupt();
      try {
        await publish(directory, place, flags, terminal, interrupt.signal);
      } catch (reason) {
        if (!interrupt.signal.aborted) {
          throw reason;
        }
        terminal.err.line('interrupted; nothing was published');
        finish(ExitCode.Interrupted);
      }
    });
}

function versionOption(text: string): number | 'next' {
  if (text === 'next') {
    return text;
  }
  try {
    return wholeNumber(0, Number.MAX_SAFE_INTEGER)(text);
  } catch {
    throw new InvalidArgumentError('It must be "next" or a whole number.');
  }
}

async function publish(
  directory: string,
  place: RepositoryModel,
  { version, dryRun = false }: PublishFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const candidate = await readCandidate(directory, place, version);
  if (dryRun) {
    terminal.out.line(dryRunLines(candidate));
    return;
  }
  let published: Published;
  {
    using progress = createProgress(terminal, `publishing ${place.model}`, 'bytes');
    published = await publishCandidate(candidate, { judges: [], onProgress: progress.update }, signal);
  }
  terminal.out.line(publishedLine(published));
}
