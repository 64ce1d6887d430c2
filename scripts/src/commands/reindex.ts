import { notFound } from '@tensorfleet/core';
import { reindex, type Upload, type UploadNews } from '@tensorfleet/repository';
import { type Command, Option } from 'commander';
import { duration } from '../flags.ts';
import { onInterrupt } from '../interrupt.ts';
import { findPart, type RepositoryPart } from '../repository/find-versions.ts';
import { withRepository } from '../repository/open-repository.ts';
import { renderUpload, summariseUploads } from '../repository/render-uploads.ts';
import { waitingClock } from '../repository/waiting-clock.ts';
import { ExitCode, sentenceOf } from '../terminal/fail.ts';
import { createStopwatch } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { CommandContext } from './command-context.ts';
import { type Repository, repository } from './repository-model.ts';

const EXAMPLES = `
What "aws s3 cp --recursive" and the like leave becomes a version when all its
files are there and two looks agree: it gets a manifest.json, and its line in
the index.json of the repository. What can be no version gets a rejected.json
that says why, and is looked at again when its files change. A lost index.json
is written anew; its labels and retired numbers are lost. Versions that are
published, retired, or being published stay as they are.
Exit code 1 when something is not published that could be.

Examples:
  $ tensorfleet reindex s3://models/mnist/7
  $ tensorfleet reindex s3://models --watch
  $ tensorfleet reindex /srv/models`;

const MS = 1000;

interface ReindexFlags {
  readonly watch?: boolean;
  readonly settle: number;
  readonly giveUp: number;
}

export function addReindex(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('reindex')
    .description('Publish what was uploaded file by file, by whatever tool.')
    .argument('<repository[/model[/version]]>', 'where it is', repository)
    .option('--watch', 'go on looking until Ctrl-C')
    .addOption(durationOption('--settle <duration>', 'time between two looks, which must agree', '10s'))
    .addOption(durationOption('--give-up <duration>', 'with --watch: reject what stays incomplete so long', '1h'))
    .addHelpText('after', EXAMPLES)
    .action(async (place: Repository, flags: ReindexFlags) => {
      using interrupt = onInterrupt();
      const part = await findPart(place);
      const all = await run(part, flags, terminal, interrupt.signal);
      const { err } = terminal;
      if (interrupt.signal.aborted) {
        err.line('interrupted; what is not published yet is as it was, the same command goes on with it');
        finish(ExitCode.Interrupted);
        return;
      }
      const isOne = part.version !== undefined;
      for (const { upload, news } of all) {
        if (isOne && news.kind === 'ignored' && news.why === 'empty') {
          throw notFound(`there is nothing at "${place.root}"`);
        }
        sayUpload(upload, news, terminal, isOne);
      }
      err.line(summariseUploads(all.map(({ news }) => news)));
      finish(exitCodeOf(all.map(({ news }) => news)));
    });
}

function durationOption(flags: string, description: string, standard: string): Option {
  return new Option(flags, description).argParser(duration).default(duration(standard), standard);
}

interface Looked {
  readonly upload: Upload;
  readonly news: UploadNews;
}

/** The last news of each. */
async function run(
  part: RepositoryPart,
  { watch = false, settle, giveUp }: ReindexFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<readonly Looked[]> {
  const { model, version } = part;
  const { err } = terminal;
  const all = new Map<string, Looked>();
  using _ = watch ? undefined : createStopwatch(terminal, 'looking twice');
  await withRepository(part, async (store) => {
    await reindex({
      ...{ store, watch, clock: waitingClock, now: Date.now, signal },
      ...{ policy: { settleMs: settle * MS, giveUpMs: giveUp * MS } },
      ...(model !== undefined && { model }),
      ...(version !== undefined && { version }),
      onOutcome(upload, news) {
        all.set(`${upload.model}/${upload.version}`, { upload, news });
        if (watch) {
          sayUpload(upload, news, terminal);
        }
      },
      onOutage: (reason) => err.line(`${err.colours.yellow('the repository cannot be read')}: ${sentenceOf(reason)}`),
    });
  });
  return [...all.values()];
}

/** What is ignored is said where one has asked for it. */
function sayUpload(upload: Upload, news: UploadNews, { out }: Terminal, isAsked = false): void {
  const line = renderUpload(upload, news, out.colours, isAsked);
  if (line !== undefined) {
    out.line(line);
  }
}

/** Whether everything is published that could be. */
export function exitCodeOf(all: readonly UploadNews[]): ExitCode {
  const isLeft = all.some(({ kind }) => kind === 'waiting' || kind === 'rejected' || kind === 'failed');
  return isLeft ? ExitCode.Failed : ExitCode.Ok;
}
