import { notFound } from '@tensorfleet/core';
import {
  inspectModel,
  locateModel,
  type ModelInspection,
  type ModelLocation,
  readEngineEnvironment,
} from '@tensorfleet/gpu-backend';
import type { Command } from 'commander';
import { renderInspection } from '../inspection/render-inspection.ts';
import { sampleRequests } from '../inspection/sample-request.ts';
import { interruptible } from '../interrupt.ts';
import { createStopwatch } from '../terminal/progress.ts';
import type { CommandContext } from './command-context.ts';
import { sayVersion } from './newest-version.ts';
import { addSavedModelOptions, type SavedModelOptions } from './saved-model-options.ts';

const EXAMPLES = `
The model is a SavedModel's directory, an .onnx or .tflite file, a TensorFlow.js model.json, or a directory of versions,
of which the newest is shown. A SavedModel is converted for real, in a temporary directory: what is shown is what a
server would do with it.

Examples:
  $ tensorfleet inspect examples/mnist/saved_model
  $ tensorfleet inspect exported/7 --signature serving_default
  $ tensorfleet inspect model.tflite --json`;

interface InspectFlags extends SavedModelOptions {
  readonly signature?: string;
  readonly json?: boolean;
}

export function addInspect(program: Command, { terminal, finish }: CommandContext): void {
  const command = program
    .command('inspect')
    .description(
      'Show signatures, ops and size of a model, which engine serves it and why, and requests that it takes.',
    )
    .argument('<model>', 'directory or file');
  addSavedModelOptions(command)
    .option('--signature <name>', 'this signature only')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, flags: InspectFlags) => {
      await interruptible(terminal, finish, async (signal) => {
        const location = await locateModel(path);
        sayVersion(location, terminal);
        const inspection = onlySignature(await inspect(location, flags, signal), flags.signature);
        const { out } = terminal;
        const name = location.name;
        out.line(flags.json === true ? jsonOf(inspection, name) : renderInspection(inspection, name, out.colours));
      });
      async function inspect(
        location: ModelLocation,
        { tags }: InspectFlags,
        signal: AbortSignal,
      ): Promise<ModelInspection> {
        using _ = createStopwatch(terminal, 'reading and converting');
        return await inspectModel(location, { tags, environment: readEngineEnvironment(), signal });
      }
    });
}

/** Throws NOT_FOUND that lists the signatures there are. */
export function onlySignature(inspection: ModelInspection, name: string | undefined): ModelInspection {
  if (name === undefined) {
    return inspection;
  }
  const signatures = inspection.signatures.filter((signature) => signature.name === name);
  if (signatures.length === 0) {
    const names = inspection.signatures.map((signature) => signature.name).join(', ') || 'none';
    throw notFound(`the model has no signature "${name}", it has: ${names}`);
  }
  return { ...inspection, signatures };
}

function jsonOf(inspection: ModelInspection, model: string): string {
  const signatures = inspection.signatures.map((signature) => ({
    ...signature,
    requests: sampleRequests(model, signature) ?? null,
  }));
  return JSON.stringify({ model, ...inspection, signatures }, null, 2);
}
