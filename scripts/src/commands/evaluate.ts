import { systemClock } from '@tensorfleet/core';
import { type Command, Option } from 'commander';
import { datasetFromTensors } from '../data/dataset.ts';
import { tensorsFromNpz } from '../data/npz.ts';
import { readInputFile } from '../data/payload.ts';
import { evaluateDataset } from '../evaluation/evaluate-dataset.ts';
import { renderReport } from '../evaluation/render-report.ts';
import type { EvaluationReport } from '../evaluation/report.ts';
import { fraction, wholeNumber } from '../flags.ts';
import { createFleetTarget } from '../fleet/create-fleet-target.ts';
import type { FleetTarget } from '../fleet/fleet-target.ts';
import { createTensorTarget, pipelineFromManifest } from '../fleet/tensor-target.ts';
import { onInterrupt } from '../interrupt.ts';
import { ExitCode } from '../terminal/fail.ts';
import { formatPercent } from '../terminal/format.ts';
import { createProgress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { CommandContext } from './command-context.ts';
import {
  addModelOptions,
  addTargetOptions,
  type ModelOptions,
  modelSpecOf,
  type TargetOptions,
} from './target-options.ts';

const EXAMPLES = `
The data set is a .npz file with pictures, uint8 [n, height, width] or [n, height, width, channels], and labels [n]. A
gateway gets each as a PNG; over gRPC each is sent as the tensor that the model's own pipeline makes of it.
Exit code 1 when a request failed, or when the error rate is above --max-error.

Examples:
  $ tensorfleet evaluate examples/mnist/held-out.npz
  $ tensorfleet evaluate examples/mnist/held-out.npz --to localhost:8500 --requests 20000 --concurrency 32`;

interface EvaluateFlags extends ModelOptions, TargetOptions {
  readonly requests?: number;
  readonly concurrency: number;
  readonly images: string;
  readonly labels: string;
  readonly format: 'table' | 'json';
  readonly maxError?: number;
  readonly manifest?: string;
}

const MAX_REQUESTS = 100_000_000;
const MAX_CONCURRENCY = 10_000;

export function addEvaluate(program: Command, { terminal, finish }: CommandContext): void {
  const command = program
    .command('evaluate')
    .description('Ask a model about every picture of a labelled data set; report error rate, latencies and failures.')
    .argument('<dataset.npz>', 'pictures and labels');
  addTargetOptions(addModelOptions(command))
    .option(
      '--requests <n>',
      'requests to send, beginning again after the last picture (default: one per picture)',
      wholeNumber(1, MAX_REQUESTS),
    )
    .option('--concurrency <n>', 'requests in flight at any time', wholeNumber(1, MAX_CONCURRENCY), 16)
    .option('--images <name>', 'array with the pictures', 'images')
    .option('--labels <name>', 'array with the labels', 'labels')
    .option(
      '--manifest <file>',
      'take pipeline and labels from this manifest.json and send tensors only, which any TensorFlow Serving takes',
    )
    .addOption(new Option('--format <format>', 'how to print the report').choices(['table', 'json']).default('table'))
    .option('--max-error <fraction>', 'highest error rate that passes, 0 to 1', fraction)
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, flags: EvaluateFlags) => {
      finish(await evaluate(path, flags, terminal));
    });
}

async function evaluate(path: string, flags: EvaluateFlags, terminal: Terminal): Promise<ExitCode> {
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  const dataset = datasetFromTensors(tensorsFromNpz(await readInputFile(path)), flags);
  const { requests = dataset.count, concurrency, timeout: timeoutMs } = flags;
  await using target = await targetOf(flags);
  let report: EvaluationReport;
  {
    using progress = createProgress(terminal, 'evaluating', 'requests');
    const { update: onProgress } = progress;
    const options = {
      spec: modelSpecOf(flags),
      requests,
      concurrency,
      timeoutMs,
      clock: systemClock,
      signal,
      onProgress,
    };
    report = await evaluateDataset(target, dataset, options);
  }
  const { out, err } = terminal;
  out.line(flags.format === 'json' ? JSON.stringify(report, null, 2) : renderReport(report, out.colours));
  if (signal.aborted) {
    err.line(`interrupted after ${report.requests} of ${requests} requests`);
    return ExitCode.Interrupted;
  }
  const verdict = verdictOf(report, flags.maxError);
  if (verdict !== undefined) {
    err.line(`${err.colours.red('tensorfleet:')} ${verdict}`);
  }
  return verdict === undefined ? ExitCode.Ok : ExitCode.Failed;
}

async function targetOf({ to, manifest }: EvaluateFlags): Promise<FleetTarget> {
  const target = createFleetTarget(to);
  if (manifest === undefined) {
    return target;
  }
  const text = new TextDecoder().decode(await readInputFile(manifest));
  return createTensorTarget(target, pipelineFromManifest(text));
}

/** Why the evaluation did not pass; undefined when it did. */
export function verdictOf({ requests, answered, errorRate }: EvaluationReport, maxError?: number): string | undefined {
  if (answered < requests) {
    return `${requests - answered} of ${requests} requests failed`;
  }
  if (maxError !== undefined && errorRate !== null && errorRate > maxError) {
    return `the error rate ${formatPercent(errorRate)} is above the allowed ${formatPercent(maxError)}`;
  }
  return undefined;
}
