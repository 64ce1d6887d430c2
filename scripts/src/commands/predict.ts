import type { Command } from 'commander';
import { wholeNumber } from '../flags.ts';
import { createFleetTarget } from '../fleet/create-fleet-target.ts';
import { onInterrupt } from '../interrupt.ts';
import { predictFiles } from '../prediction/predict-files.ts';
import { watchFiles } from '../prediction/watch-files.ts';
import type { CommandContext } from './command-context.ts';
import {
  addModelOptions,
  addTargetOptions,
  type ModelOptions,
  modelSpecOf,
  type TargetOptions,
} from './target-options.ts';

const EXAMPLES = `
A file is a picture (PNG, JPEG, WebP), the .json body of a predict request, or NumPy arrays: .npy for a model with one
input, .npz with an array per input.

Examples:
  $ tensorfleet predict examples/mnist/pictures/8-281.png --watch
  $ tensorfleet predict request.json --to localhost:8500 --model half_plus_two --json`;

interface PredictFlags extends ModelOptions, TargetOptions {
  readonly signature?: string;
  readonly top?: number;
  readonly routingKey?: string;
  readonly json?: boolean;
  readonly watch?: boolean;
}

const MAX_TOP = 1000;

export function addPredict(program: Command, { terminal, finish }: CommandContext): void {
  const command = program
    .command('predict')
    .description('Ask a model about each file and print what it says.')
    .argument('<file...>', 'pictures, JSON requests or NumPy arrays');
  addTargetOptions(addModelOptions(command))
    .option('--signature <name>', 'the signature to call (a JSON request names its own)')
    .option('--top <k>', 'labels to show per picture, as far as the model gives them', wholeNumber(1, MAX_TOP))
    .option('--routing-key <key>', 'ask as this client: one of several versions answers all its requests')
    .option('--json', 'print the whole answers as JSON')
    .option('--watch', 'repeat every second and print a line when version or label changes')
    .addHelpText('after', EXAMPLES)
    .action(async (files: readonly string[], flags: PredictFlags) => {
      using interrupt = onInterrupt();
      await using target = createFleetTarget(flags.to);
      const options = {
        spec: modelSpecOf(flags, flags.signature),
        timeoutMs: flags.timeout,
        signal: interrupt.signal,
        json: flags.json ?? false,
        routingKey: flags.routingKey,
        ...(flags.top !== undefined && { top: flags.top }),
      };
      finish(await (flags.watch === true ? watchFiles : predictFiles)(target, files, options, terminal));
    });
}
