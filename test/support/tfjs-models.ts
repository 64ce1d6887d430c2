import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type AnyTensor, ARRAY_OF, type DType, type NamedTensors, type NumericDType, tensor } from '@tensorfleet/core';
import type { ModelArtifact } from '../../gpu-backend/src/engine/engine.ts';

const MODELS = resolve(import.meta.dirname, '../golden/tfjs');

/** The directory of a small TensorFlow.js model made by golden/tfjs/make_tfjs.py. */
export function tfjsDirectory(name: string): string {
  return join(MODELS, name);
}

export function tfjsArtifact(name: string): ModelArtifact {
  return { format: 'tfjs', path: join(MODELS, name, 'model.json') };
}

interface TensorJson {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

export interface TfjsCase {
  readonly inputs: NamedTensors;
  readonly outputs: NamedTensors;
}

export const TFJS_MODELS: readonly string[] = readdirSync(MODELS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** What TensorFlow (graph models) or Keras 2 (layers models) answer. */
export function tfjsCases(name: string): readonly TfjsCase[] {
  const cases = JSON.parse(readFileSync(join(MODELS, name, 'golden.json'), 'utf8')) as {
    readonly inputs: Record<string, TensorJson>;
    readonly outputs: Record<string, TensorJson>;
  }[];
  return cases.map(({ inputs, outputs }) => ({ inputs: tensorsFromJson(inputs), outputs: tensorsFromJson(outputs) }));
}

function tensorsFromJson(tensors: Readonly<Record<string, TensorJson>>): NamedTensors {
  return new Map(Object.entries(tensors).map(([name, value]) => [name, tensorFromJson(value)]));
}

function tensorFromJson({ dtype, shape, data }: TensorJson): AnyTensor {
  if (dtype === 'STRING') {
    return tensor(
      'STRING',
      shape,
      data.map((text) => Buffer.from(String(text), 'base64')),
    );
  }
  const values = new ARRAY_OF[dtype as NumericDType](data.length);
  for (const [index, value] of data.entries()) {
    values[index] = dtype === 'INT64' ? BigInt(value) : Number(value);
  }
  return tensor(dtype, shape, values) as AnyTensor;
}

/** A copy of a model whose files may be broken; removed when it is disposed. */
export async function copyOfTfjsModel(name: string): Promise<{
  readonly directory: string;
  readonly artifact: ModelArtifact;
  /** Replaces `model.json` by what `edit` makes of it. */
  edit(edit: (model: ModelObject) => unknown): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const directory = await mkdtemp(join(tmpdir(), 'tensorfleet-tfjs-'));
  await cp(tfjsDirectory(name), directory, { recursive: true });
  const path = join(directory, 'model.json');
  return {
    directory,
    artifact: { format: 'tfjs', path },
    async edit(edit) {
      const model = JSON.parse(readFileSync(path, 'utf8')) as ModelObject;
      await writeFile(path, JSON.stringify(edit(model) ?? model));
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

/** As much of a `model.json` as tests change. */
export interface ModelObject {
  format?: string;
  signature?: unknown;
  modelTopology: { node: { name: string; op: string; input?: string[]; attr: Record<string, unknown> }[] };
  weightsManifest: {
    paths: string[];
    weights: { name: string; shape: number[]; dtype: string; quantization?: unknown }[];
  }[];
}
