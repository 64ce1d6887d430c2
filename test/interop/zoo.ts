import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type AnyTensor, ARRAY_OF, Code, type DType, type NamedTensors, StatusError } from '@tensorfleet/core';
import { convertSavedModel } from '../../gpu-backend/src/engine/conversion/convert-saved-model.ts';
import type { Engine, ModelArtifact } from '../../gpu-backend/src/engine/engine.ts';
import { programEngine } from '../../gpu-backend/src/engine/program-engine.ts';
import { createTensorFlowEngine } from '../../gpu-backend/src/engine/tensorflow/tensorflow-engine.ts';
import { differenceOf, EXACT, type Tolerance } from '../support/compare-tensors.ts';
import type { CheckCounts } from './check-counts.ts';
import { execute, PYTHON, tensorflowEnvironment } from './python.ts';

/** Scripts that export SavedModels from TensorFlow and record what it answers, kept beside the checkout. */
const ROOT = resolve(import.meta.dirname, '../..');
const SCRIPTS = resolve(ROOT, '../shared/conformance/savedmodel-zoo');
const CACHE = join(ROOT, 'node_modules/.cache/tensorfleet-zoo');
const MODELS = join(CACHE, 'models');
const REFERENCES = join(CACHE, 'references');
const CPU = { kind: 'cpu', index: 0, threads: 2 } as const;

/** Models for pictures that take TensorFlow minutes to export and to run: checked with `--all-models` only. */
const LARGE = new Set([
  ...['convnexttiny', 'densenet121', 'efficientnetb0', 'efficientnetv2b0', 'inceptionresnetv2', 'inceptionv3'],
  ...['mobilenet', 'nasnetmobile', 'resnet50', 'vgg16', 'xception'],
  ...['k2_densenet121', 'k2_efficientnetb0', 'k2_inceptionv3', 'k2_nasnet', 'k2_resnet50'],
]);

interface Refusal {
  /** A word of why it is not converted. */
  readonly reason: string;
  /** A word of why TensorFlow's C API does not run it either; undefined where the TensorFlow engine does. */
  readonly error?: string;
}

/** Models that are not converted; they run on the TensorFlow engine. */
const REFUSED: ReadonlyMap<string, Refusal> = new Map([
  // Its signature reads variables that its restore op does not fill.
  ['jpeg_b64', { reason: 'no key of the checkpoint restores', error: 'Could not find variable' }],
]);

/** Numbers inside the model that are coarser than its outputs. */
const COARSE: ReadonlyMap<string, number> = new Map([
  ['mixed_f16', 1e-3],
  ['mixed_bf16', 2e-3],
]);

/** Relative to the largest number of the output; other dtypes are compared exactly. */
const RELATIVE: { readonly [D in DType]?: number } = { FP16: 1e-3, BF16: 2e-3, FP32: 1e-5, FP64: 1e-12 };

/**
 * Converts every model of the zoo and compares it with TensorFlow in Python, as it does the TensorFlow engine with those
 * that are refused; prints a line for each.
 */
export async function checkZoo(hasLarge: boolean): Promise<CheckCounts> {
  if (!existsSync(SCRIPTS)) {
    process.stdout.write('SKIP zoo: its scripts are not beside this checkout\n');
    return { passed: 0, failed: 0 };
  }
  const names = namesOf(join(SCRIPTS, 'ops-per-model.txt')).filter((name) => hasLarge || !LARGE.has(name));
  await exportModels(
    names.filter((name) => !existsSync(join(REFERENCES, name, 'ref.json'))),
    hasLarge,
  );
  let failed = 0;
  for (const name of names) {
    const problem = await problemOf(name).catch((error: unknown) => String(error));
    process.stdout.write(problem === undefined ? `PASS zoo ${name}\n` : `FAIL zoo ${name}: ${problem}\n`);
    failed += problem === undefined ? 0 : 1;
  }
  return { passed: names.length - failed, failed };
}

/** Lines that begin with `name:`. */
function namesOf(path: string): readonly string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^(\w+):/gm)].map(([, name = '']) => name);
}

async function exportModels(names: readonly string[], hasLarge: boolean): Promise<void> {
  if (names.length === 0) {
    return;
  }
  mkdirSync(MODELS, { recursive: true });
  const keras2 = join(SCRIPTS, 'export_keras2.py');
  const isDtype = (name: string): boolean => name === 'dtypes' || name.startsWith('one_');
  const isKeras2 = (name: string): boolean => name.startsWith('k2_');
  const others = names.filter((name) => !isKeras2(name) && !isDtype(name));
  if (others.length > 0) {
    await execute(PYTHON, join(SCRIPTS, 'export_models.py'), MODELS, ...others);
  }
  if (names.some(isDtype)) {
    await execute(PYTHON, join(SCRIPTS, 'export_dtypes.py'), MODELS);
  }
  if (names.some(isKeras2)) {
    await execute(PYTHON, ...(hasLarge ? [] : [join(import.meta.dirname, 'export_small_keras2.py')]), keras2, MODELS);
  }
  await execute(PYTHON, join(SCRIPTS, 'reference.py'), MODELS, REFERENCES, ...names);
}

/** What is wrong with one model; undefined when it answers as TensorFlow did, after a refusal where one is expected. */
async function problemOf(name: string): Promise<string | undefined> {
  const refusal = REFUSED.get(name);
  if (refusal === undefined) {
    return differenceOfOutputs(name, await runConverted(name));
  }
  const { reason, error } = refusal;
  const isRefused = await failsWith(runConverted(name), Code.Unimplemented, reason);
  if (!isRefused) {
    return `is not refused any more: ${reason}`;
  }
  if (error === undefined) {
    return differenceOfOutputs(name, await runNative(name));
  }
  const fails = await failsWith(runNative(name), Code.FailedPrecondition, error);
  return fails ? undefined : `runs in TensorFlow: ${error}`;
}

/** Rejects with any other error. */
async function failsWith(run: Promise<unknown>, code: Code, word: string): Promise<boolean> {
  try {
    await run;
    return false;
  } catch (error) {
    if (StatusError.is(error) && error.code === code && error.message.includes(word)) {
      return true;
    }
    throw error;
  }
}

async function runConverted(name: string): Promise<NamedTensors> {
  const output = join(CACHE, 'converted', name);
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  convertSavedModel({ directory: join(MODELS, name), tags: ['serve'] }, output);
  const outputs = await run(programEngine, { format: 'program', path: output }, name);
  rmSync(output, { recursive: true });
  return outputs;
}

async function runNative(name: string): Promise<NamedTensors> {
  const engine = createTensorFlowEngine({ environment: tensorflowEnvironment() });
  return await run(engine, { format: 'saved_model', path: join(MODELS, name), tags: ['serve'] }, name);
}

async function run(engine: Engine, artifact: ModelArtifact, name: string): Promise<NamedTensors> {
  await using session = await engine.load(artifact, CPU);
  return await session.run('serving_default', reference(name, 'in'));
}

function differenceOfOutputs(name: string, outputs: NamedTensors): string | undefined {
  for (const [key, expected] of reference(name, 'out')) {
    const difference = differenceOf(outputs.get(key), expected, toleranceOf(expected, COARSE.get(name)));
    if (difference !== undefined) {
      return `${key} ${difference}`;
    }
  }
  return undefined;
}

function toleranceOf({ dtype, data }: AnyTensor, coarse: number | undefined): Tolerance {
  const rtol = coarse ?? RELATIVE[dtype];
  if (rtol === undefined || dtype === 'STRING' || dtype === 'BF16') {
    return rtol === undefined ? EXACT : { rtol, atol: 0 };
  }
  const largest = Array.from(data as ArrayLike<number | bigint>, Number).reduce(
    (most, value) => Math.max(most, Math.abs(value)),
    0,
  );
  return { rtol, atol: rtol * largest };
}

interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Strings only; other data lies in a file. */
  readonly b64?: readonly string[];
}

/** NumPy's names. */
const DTYPE: Readonly<Record<string, DType>> = {
  ...{ bool: 'BOOL', float16: 'FP16', bfloat16: 'BF16', float32: 'FP32', float64: 'FP64', string: 'STRING' },
  ...{ int8: 'INT8', int16: 'INT16', int32: 'INT32', int64: 'INT64' },
  ...{ uint8: 'UINT8', uint16: 'UINT16', uint32: 'UINT32', uint64: 'UINT64' },
};

/** The inputs that TensorFlow was given, or what it answered. */
function reference(name: string, direction: 'in' | 'out'): NamedTensors {
  const folder = join(REFERENCES, name);
  const stored: Record<string, StoredTensor> = JSON.parse(readFileSync(join(folder, 'ref.json'), 'utf8'))[direction];
  return new Map(
    Object.entries(stored).map(([key, { dtype: numpy, shape, b64 }]) => {
      const dtype = DTYPE[numpy];
      if (dtype === undefined) {
        throw new Error(`no dtype for ${numpy}`);
      }
      if (dtype === 'STRING') {
        return [key, { dtype, shape, data: (b64 ?? []).map((text) => new Uint8Array(Buffer.from(text, 'base64'))) }];
      }
      const bytes = Uint8Array.from(readFileSync(join(folder, `${direction}.${key}.bin`)));
      return [key, { dtype, shape, data: new ARRAY_OF[dtype](bytes.buffer) } as AnyTensor];
    }),
  );
}
