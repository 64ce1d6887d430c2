import { StatusError } from '@tensorfleet/core';
import { parsePostprocess, parsePreprocess } from '@tensorfleet/preprocess';
import {
  type Manifest,
  type PublishedVersion,
  type PublishSource,
  publishVersion,
  readPublishSource,
} from '@tensorfleet/repository';
import { type Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '../flags.ts';
import { onInterrupt } from '../interrupt.ts';
import { ExitCode } from '../terminal/fail.ts';
import { formatBytes, formatPercent } from '../terminal/format.ts';
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
  { root, model }: RepositoryModel,
  { version, dryRun = false }: PublishFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const source = await readPublishSource(directory);
  checkPipeline(source.manifest, directory);
  if (dryRun) {
    terminal.out.line(dryRunLines(source, model, version, root));
    return;
  }
  let published: PublishedVersion;
  {
    using progress = createProgress(terminal, `publishing ${model}`, 'bytes');
    published = await publishVersion({ source: directory, root, model, version, signal, onProgress: progress.update });
  }
  terminal.out.line(publishedLine(published));
}

/** The server does not read the pipeline, so a mistake would show with the first picture only. Throws INVALID_ARGUMENT. */
export function checkPipeline(manifest: Pick<Manifest, 'preprocess' | 'postprocess'>, directory: string): void {
  try {
    if (manifest.preprocess !== undefined) {
      parsePreprocess(manifest.preprocess);
    }
    if (manifest.postprocess !== undefined) {
      parsePostprocess(manifest.postprocess);
    }
  } catch (reason) {
    const { code, message } = StatusError.from(reason);
    throw new StatusError(code, `the manifest.json in ${directory} cannot be published: ${message}`, { cause: reason });
  }
}

function dryRunLines({ files, bytes }: PublishSource, model: string, version: number | 'next', root: string): string {
  const what = version === 'next' ? `the next version of ${model}` : `version ${version} of ${model}`;
  const lines = files.map((file) => `  ${file.path}  ${formatBytes(file.bytes)}`);
  return [
    `would publish ${what} to ${root}: ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}`,
    ...lines,
  ].join('\n');
}

export function publishedLine({ model, version, directory, bytes, manifest }: PublishedVersion): string {
  const error = manifest.metrics?.['test_error'];
  const quality = error === undefined ? '' : `, test error ${formatPercent(error)}`;
  return `published ${model} version ${version} (${formatBytes(bytes)}${quality}) to ${directory}`;
}
