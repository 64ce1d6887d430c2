import { StatusError, type Version } from '@tensorfleet/core';
import type { Command } from 'commander';
import { onInterrupt } from '../interrupt.ts';
import { inspectDirectory, refusalOf, signatureLines } from '../publication/check-model.ts';
import {
  type Candidate,
  type Published,
  type PublishSteps,
  publishCandidate,
  readCandidate,
} from '../publication/publish.ts';
import { dryRunLines, publishedLine, testRunLine } from '../publication/render-published.ts';
import { testRun } from '../publication/test-run.ts';
import { ExitCode } from '../terminal/fail.ts';
import { createProgress, createStopwatch } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { CommandContext } from './command-context.ts';
import { labelNames } from './label-target.ts';
import { publishThroughGate } from './publish-gate.ts';
import { type RepositoryModel, repositoryModel } from './repository-model.ts';
import { nextOrVersion } from './version-option.ts';

const EXAMPLES = `
The directory holds one model and perhaps a manifest.json, which says how
pictures become its input and its output labels. Servers see the version when
all of it is there, and never before. A repository is a directory, or a place
in a store: S3_ENDPOINT, AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID and so on
say how to reach S3, Google's own variables how to reach Google Cloud Storage.
When it is interrupted, the same command goes on where it was.

Examples:
  $ tensorfleet publish examples/mnist/saved_model/2 .tensorfleet/models/mnist
  $ tensorfleet publish exported s3://models/mnist --test-run --labels canary
  $ tensorfleet publish exported s3://models/mnist --gate gate.yaml
  $ tensorfleet publish exported gs://models/mnist --version 7 --dry-run`;

interface PublishFlags {
  readonly version: Version | 'next';
  readonly labels?: readonly string[];
  readonly testRun?: boolean;
  readonly check: boolean;
  readonly dryRun?: boolean;
  readonly gate?: string;
  readonly report: string;
}

export function addPublish(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('publish')
    .description('Put a directory into a repository as a new version of a model: checked, digested, visible at once.')
    .argument('<directory>', 'the model to publish')
    .argument('<repository/model>', 'where it goes: a path, s3://… or gs://…', repositoryModel)
    .option('--version <n>', 'number of the new version', nextOrVersion, 'next')
    .option('--labels <names>', 'labels that it gets at once, with commas between them', labelNames)
    .option('--test-run', 'load the model and run it once on made-up inputs before anything is sent')
    .option('--no-check', 'do not read the model: that takes its time with large ones')
    .option('--gate <file>', 'measure it beside the serving version, and publish it only if this YAML file says so')
    .option('--report <file>', 'where the report of the gate goes when nothing is published', 'gate-report.html')
    .option('--dry-run', 'check everything and publish nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (directory: string, place: RepositoryModel, flags: PublishFlags) => {
      using interrupt = onInterrupt();
      try {
        finish(await publish(directory, place, flags, terminal, interrupt.signal));
      } catch (reason) {
        if (!interrupt.signal.aborted) {
          throw reason;
        }
        terminal.err.line(interruptedLine(reason));
        finish(ExitCode.Interrupted);
      }
    });
}

async function publish(
  directory: string,
  place: RepositoryModel,
  { version, labels = [], dryRun = false, check, testRun: runs = false, gate, report }: PublishFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  const candidate = await readCandidate({ directory, place, version, labels });
  if (check) {
    await checkModel(candidate, terminal, signal);
  }
  if (runs) {
    await runModel(candidate, terminal, signal);
  }
  if (gate !== undefined) {
    const publishMeasured = (passed: Candidate, metrics: PublishSteps['metrics']): Promise<Published> =>
      send(passed, metrics, terminal, signal);
    return await publishThroughGate(candidate, { gate, report, dryRun }, publishMeasured, terminal, signal);
  }
  terminal.out.line(dryRun ? dryRunLines(candidate) : publishedLine(await send(candidate, {}, terminal, signal)));
  return ExitCode.Ok;
}

async function checkModel({ directory }: Candidate, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const { err } = terminal;
  const inspection = await during(terminal, 'reading the model', () => inspectDirectory(directory, signal));
  for (const line of signatureLines(inspection)) {
    err.line(err.colours.dim(line));
  }
  const refusal = refusalOf(inspection);
  if (refusal !== undefined) {
    err.line(`${err.colours.yellow('it cannot be run here')}: ${refusal}`);
  }
}

async function runModel({ directory }: Candidate, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const run = await during(terminal, 'running the model', () => testRun(directory, signal));
  terminal.err.line(terminal.err.colours.dim(testRunLine(run)));
}

async function during<T>(terminal: Terminal, title: string, work: () => Promise<T>): Promise<T> {
  using _ = createStopwatch(terminal, title);
  return await work();
}

const TITLES = { digest: 'digesting', upload: 'uploading' } as const;

async function send(
  candidate: Candidate,
  metrics: PublishSteps['metrics'],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Published> {
  const { model } = candidate.place;
  using bars = new DisposableStack();
  const shown = new Map<keyof typeof TITLES, ReturnType<typeof createProgress>>();
  const onProgress = (step: keyof typeof TITLES, done: number, total: number): void => {
    let bar = shown.get(step);
    if (bar === undefined) {
      for (const other of shown.values()) {
        other[Symbol.dispose]();
      }
      bar = bars.use(createProgress(terminal, `${TITLES[step]} ${model}`, 'bytes'));
      shown.set(step, bar);
    }
    bar.update(done, total);
  };
  return await publishCandidate(candidate, { metrics, onProgress }, signal);
}

/** What publishing into a store leaves, its error says. */
function interruptedLine(reason: unknown): string {
  const { message, details } = StatusError.from(reason);
  return details['version'] === undefined ? 'interrupted; nothing was published' : message;
}
