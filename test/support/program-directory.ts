import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TensorSpec } from '@tensorfleet/core';
import type {
  HostStep,
  OnnxStage,
  OnnxStageValue,
  Program,
  ProgramCheck,
} from '../../gpu-backend/src/engine/conversion/program.ts';
import { PROGRAMS_FILE } from '../../gpu-backend/src/engine/conversion/program-file.ts';
import type { ModelArtifact } from '../../gpu-backend/src/engine/engine.ts';
import { modelPath } from './model-files.ts';

/** Directories of converted models, made by hand from the small ONNX models; all gone after dispose. */
export class ProgramDirectories implements AsyncDisposable {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  static async create(): Promise<ProgramDirectories> {
    return new ProgramDirectories(await mkdtemp(join(tmpdir(), 'tensorfleet-programs-')));
  }

  /** A converted model with these programs and a copy of each ONNX file that they name. */
  async add(...programs: readonly Program[]): Promise<ModelArtifact> {
    const path = await mkdtemp(join(this.#root, 'model-'));
    await mkdir(path, { recursive: true });
    for (const stage of programs.flatMap(({ stages }) => stages)) {
      if (stage.kind === 'onnx') {
        await cp(modelPath(stage.file.replace(/\.onnx$/, '')), join(path, stage.file));
      }
    }
    const byName = Object.fromEntries(programs.map((one) => [one.signature.name, one]));
    const file = { converter: 'test', programs: byName };
    await writeFile(join(path, PROGRAMS_FILE), JSON.stringify(file));
    return { format: 'program', path };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }
}

/** A program whose slots are named like its inputs and outputs unless `part` says otherwise. */
export function program(
  inputs: Readonly<Record<string, Omit<TensorSpec, 'name'>>>,
  outputs: Readonly<Record<string, Omit<TensorSpec, 'name'>>>,
  part: Partial<Omit<Program, 'signature'>> & { readonly name?: string },
): Program {
  const { name = 'serving_default', ...rest } = part;
  return {
    signature: { name, methodName: 'tensorflow/serving/predict', inputs: specs(inputs), outputs: specs(outputs) },
    constants: {},
    defaults: {},
    stages: [],
    inputs: named(inputs),
    outputs: named(outputs),
    state: {},
    ...rest,
  };
}

function specs(tensors: Readonly<Record<string, Omit<TensorSpec, 'name'>>>): Readonly<Record<string, TensorSpec>> {
  return Object.fromEntries(Object.entries(tensors).map(([name, spec]) => [name, { name, ...spec }]));
}

function named(specs: object): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(specs).map((name) => [name, name]));
}

/** A stage that runs `<model>.onnx`. */
export function onnx(
  model: string,
  inputs: readonly OnnxStageValue[],
  outputs: readonly OnnxStageValue[],
  checks: readonly ProgramCheck[] = [],
): OnnxStage {
  return { kind: 'onnx', file: `${model}.onnx`, inputs, outputs, checks };
}

export function hostStep(op: string, inputs: readonly string[], outputs: readonly string[]): HostStep {
  return { op, node: `the ${op}`, attributes: {}, inputs, outputs };
}
