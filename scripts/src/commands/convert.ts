import { type ConvertedModel, convertModel, locateModel, plainStages } from '@tensorfleet/gpu-backend';
import type { Command } from 'commander';
import { interruptible } from '../interrupt.ts';
import { formatBytes, formatSeconds } from '../terminal/format.ts';
import { createStopwatch } from '../terminal/progress.ts';
import { oneLine, renderTable } from '../terminal/table.ts';
import type { Colours } from '../terminal/terminal.ts';
import type { CommandContext } from './command-context.ts';
import { sayWaysOut } from './conversion-failure.ts';
import { sayVersion } from './newest-version.ts';
import { addSavedModelOptions, type SavedModelOptions } from './saved-model-options.ts';

const EXAMPLES = `
A server converts by itself while it loads; this is for other uses of the graphs, and to look at them. Each signature
becomes <signature>.onnx, weights.bin holds the weights of all, programs.json the steps around the graphs. A signature
without steps is an ONNX model that any runtime takes, as long as weights.bin lies beside it.

Examples:
  $ tensorfleet convert examples/mnist/saved_model/3 mnist-onnx
  $ tensorfleet convert exported/7 converted --tags serve,gpu --force`;

interface ConvertFlags extends SavedModelOptions {
  readonly force?: boolean;
}

export function addConvert(program: Command, { terminal, finish }: CommandContext): void {
  const command = program
    .command('convert')
    .description('Write a SavedModel as ONNX files with their weights.')
    .argument('<directory>', 'the SavedModel, or a directory of its versions')
    .argument('<out>', 'a directory that is empty or does not exist yet');
  addSavedModelOptions(command)
    .option('--force', 'replace an earlier conversion')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, out: string, { tags, force = false }: ConvertFlags) => {
      await interruptible(terminal, finish, async (signal) => {
        const location = await locateModel(path);
        sayVersion(location, terminal);
        const start = performance.now();
        let converted: ConvertedModel;
        {
          using _ = createStopwatch(terminal, 'converting');
          converted = await convertModel(location, out, { tags, force, signal }).catch(sayWaysOut);
        }
        terminal.out.line(renderConverted(converted, performance.now() - start, terminal.out.colours));
      });
    });
}

export function renderConverted(
  { directory, files, signatures }: ConvertedModel,
  ms: number,
  colours: Colours,
): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const rows = files.map((file) => [file.path, formatBytes(file.bytes)]);
  const lines = signatures.map((signature) => {
    const { name } = signature;
    const stages = plainStages(signature.stages);
    const graphs = stages.flatMap((stage) => (stage.kind === 'onnx' ? [stage.file] : []));
    const steps = stages.reduce((sum, stage) => sum + (stage.kind === 'host' ? stage.steps.length : 0), 0);
    const only = steps === 0 && graphs.length === 1;
    const parts = [...graphs, ...(steps === 0 ? [] : [`${steps} steps in TypeScript (programs.json)`])].join(', ');
    return `signature ${oneLine(name)}: ${only ? `${parts} is all of it` : parts || 'no graph'}`;
  });
  return [
    `wrote ${files.length} files, ${formatBytes(bytes)}, to ${directory} in ${formatSeconds(ms)}`,
    renderTable([{ title: 'file' }, { title: 'size', align: 'right' }], rows, colours),
    ...lines,
  ].join('\n');
}
