import { DEFAULT_SIGNATURE, notFound, type Signature } from '@tensorfleet/core';
import { type EnginePair, locateModel, openEngines, readEngineEnvironment } from '@tensorfleet/gpu-backend';
import { type Command, Option } from 'commander';
import { positiveNumber, wholeNumber } from '../flags.ts';
import { interruptible } from '../interrupt.ts';
import { ExitCode } from '../terminal/fail.ts';
import { createStopwatch } from '../terminal/progress.ts';
import { RANGES, randomInputs } from '../verification/random-inputs.ts';
import { readRecordedInputs } from '../verification/recorded-inputs.ts';
import { renderVerification } from '../verification/render-verification.ts';
import {
  type SignatureVerification,
  type ToleranceOptions,
  verifySignature,
} from '../verification/verify-signature.ts';
import type { CommandContext } from './command-context.ts';
import { sayWaysOut } from './conversion-failure.ts';
import { sayVersion } from './newest-version.ts';
import { addSavedModelOptions, type SavedModelOptions } from './saved-model-options.ts';

const EXAMPLES = `
Runs every signature on the same inputs, converted and in TensorFlow, which must be on this machine: named by
TENSORFLOW_LIBRARY_PATH, or as a Python wheel. Exit code 1 when an output differs, or nothing could be compared.
Floats may differ by atol + rtol x |value|: 1e-5 and 1e-4, for float16 1e-3 and 5e-3, for bfloat16 1e-2 and 2e-2.
Everything else must be equal.

Examples:
  $ tensorfleet verify examples/mnist/saved_model/3 --rows 16
  $ tensorfleet verify exported/7 --inputs request.json --rtol 1e-3`;

interface VerifyFlags extends SavedModelOptions, ToleranceOptions {
  readonly signature?: string;
  readonly inputs?: string;
  readonly rows: number;
  readonly seed: number;
  readonly json?: boolean;
}

const MAX_ROWS = 100_000;
const MAX_SEED = 2 ** 32 - 1;

export function addVerify(program: Command, { terminal, finish }: CommandContext): void {
  const command = program
    .command('verify')
    .description('Compare a converted SavedModel with TensorFlow, output by output.')
    .argument('<directory>', 'the SavedModel, or a directory of its versions');
  addSavedModelOptions(command)
    .addOption(new Option('--against <engine>', 'what is right').choices(['tensorflow']).default('tensorflow'))
    .option('--signature <name>', 'this signature only')
    .option('--inputs <file>', 'inputs in place of random ones: .npz, .npy, or the .json of a predict request')
    .option('--rows <n>', 'rows of random inputs', wholeNumber(1, MAX_ROWS), 2)
    .option('--seed <n>', 'another seed gives other random inputs', wholeNumber(0, MAX_SEED), 1)
    .option('--rtol <number>', 'relative difference that is allowed', positiveNumber)
    .option('--atol <number>', 'absolute difference that is allowed', positiveNumber)
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, flags: VerifyFlags) => {
      await interruptible(terminal, finish, async (signal) => {
        const location = await locateModel(path);
        sayVersion(location, terminal);
        let results: readonly SignatureVerification[];
        {
          using _ = createStopwatch(terminal, 'converting and running');
          const options = { tags: flags.tags, environment: readEngineEnvironment(), signal };
          await using engines = await openEngines(location, options).catch(sayWaysOut);
          results = await verifyAll(engines, flags, signal);
        }
        const { out } = terminal;
        out.line(flags.json === true ? JSON.stringify(results, null, 2) : renderVerification(results, out.colours));
        finish(results.every(({ verdict }) => verdict === 'same') ? ExitCode.Ok : ExitCode.Failed);
      });
    });
}

async function verifyAll(
  engines: EnginePair,
  flags: VerifyFlags,
  signal: AbortSignal,
): Promise<readonly SignatureVerification[]> {
  const { rows, seed } = flags;
  const recorded = flags.inputs === undefined ? undefined : await readRecordedInputs(flags.inputs);
  const named = flags.signature ?? (recorded && (recorded.signatureName ?? DEFAULT_SIGNATURE));
  const tolerance = {
    ...(flags.rtol !== undefined && { rtol: flags.rtol }),
    ...(flags.atol !== undefined && { atol: flags.atol }),
  };
  const results: SignatureVerification[] = [];
  for (const signature of chosen(engines.converted.signatures, named)) {
    signal.throwIfAborted();
    const candidates = recorded
      ? [recorded.inputsOf(signature)]
      : RANGES.values().map((range) => randomInputs(signature, rows, seed, range));
    results.push(await verifySignature(engines, signature, candidates, tolerance));
  }
  return results;
}

function chosen(signatures: ReadonlyMap<string, Signature>, name: string | undefined): readonly Signature[] {
  if (name === undefined) {
    return [...signatures.values()];
  }
  const signature = signatures.get(name);
  if (signature === undefined) {
    throw notFound(`the model has no signature "${name}", it has: ${[...signatures.keys()].join(', ')}`);
  }
  return [signature];
}
