import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type AnyTensor,
  dataLoss,
  invalidArgument,
  type NamedTensors,
  notFound,
  type Signature,
  StatusError,
} from '@tensorfleet/core';
import type { Engine, ModelArtifact, Session } from '../engine.ts';
import { readSavedModel, SERVE, selectMetaGraph } from '../savedmodel/read-saved-model.ts';
import { cleanMessage } from './c-status.ts';
import { bindSignatures, orderedInputs, type SignatureBinding } from './signature-binding.ts';
import {
  importTfjsNode,
  type TfjsNode,
  type TfjsNodePackage,
  type TfjsSavedModel,
  type TfjsTensor,
} from './tfjs-node.ts';
import { refuseDTypes, tensorFromTfjs, tensorToTfjs } from './tfjs-tensor.ts';

/**
 * Runs SavedModels on tfjs-node, within this thread, which loads and runs block. For where it is the only TensorFlow
 * that is installed: it carries few dtypes, and knows neither timeouts nor session options.
 */
export function tfjsNodeEngine(name: TfjsNodePackage): Engine {
  return {
    name: 'tfjs-node',
    async load(artifact: ModelArtifact): Promise<Session> {
      const { path, tags = SERVE } = artifact;
      const bindings = bindSignatures(selectMetaGraph(readSavedModel(path), tags).signatures);
      for (const { signature } of bindings.values()) {
        refuseDTypes(signature);
      }
      const tf = await importTfjsNode(name);
      const fresh = await FreshPath.create(path);
      try {
        const models = await loadSignatures(tf, fresh.path, tags, bindings.keys());
        return new TfjsNodeSession(tf, bindings, models, fresh);
      } catch (error) {
        await fresh[Symbol.asyncDispose]();
        throw invalidArgument(`SavedModel ${basename(path)} cannot be loaded: ${reasonOf(error)}`, { path }, error);
      }
    },
  };
}

/** One after the other: the first opens the TensorFlow session that the others share. */
async function loadSignatures(
  tf: TfjsNode,
  path: string,
  tags: readonly string[],
  names: Iterable<string>,
): Promise<ReadonlyMap<string, TfjsSavedModel>> {
  const models = new Map<string, TfjsSavedModel>();
  for (const name of names) {
    models.set(name, await tf.node.loadSavedModel(path, tags, name));
  }
  return models;
}

/** A path that no model was loaded from before: tfjs-node keeps sessions by path, and would give an old one again. */
class FreshPath implements AsyncDisposable {
  readonly path: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.path = join(directory, 'model');
  }

  static async create(target: string): Promise<FreshPath> {
    const fresh = new FreshPath(await mkdtemp(join(tmpdir(), 'tensorfleet-model-')));
    await symlink(target, fresh.path);
    return fresh;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

class TfjsNodeSession implements Session {
  readonly signatures: ReadonlyMap<string, Signature>;
  readonly #tf: TfjsNode;
  readonly #bindings: ReadonlyMap<string, SignatureBinding>;
  readonly #models: ReadonlyMap<string, TfjsSavedModel>;
  readonly #path: FreshPath;

  constructor(
    tf: TfjsNode,
    bindings: ReadonlyMap<string, SignatureBinding>,
    models: ReadonlyMap<string, TfjsSavedModel>,
    path: FreshPath,
  ) {
    this.#tf = tf;
    this.#bindings = bindings;
    this.#models = models;
    this.#path = path;
    this.signatures = new Map(Array.from(bindings, ([name, { signature }]) => [name, signature]));
  }

  async run(name: string, given: NamedTensors): Promise<NamedTensors> {
    const binding = this.#bindings.get(name);
    const model = this.#models.get(name);
    if (binding === undefined || model === undefined) {
      throw notFound(`the model has no signature "${name}"`);
    }
    const inputs = Array.from(orderedInputs(binding, given), ([input, value]) => {
      return [input, tensorToTfjs(this.#tf, value, input)] as const;
    });
    try {
      const results = predict(model, Object.fromEntries(inputs), name);
      return await readOutputs(binding, results);
    } finally {
      for (const [, input] of inputs) {
        input.dispose();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const model of this.#models.values()) {
      model.dispose();
    }
    await this.#path[Symbol.asyncDispose]();
  }
}

type TfjsTensors = Readonly<Record<string, TfjsTensor>>;

function predict(model: TfjsSavedModel, inputs: TfjsTensors, signature: string): TfjsTensors {
  try {
    return model.predict(inputs);
  } catch (error) {
    throw invalidArgument(`TensorFlow cannot run signature "${signature}": ${reasonOf(error)}`, {}, error);
  }
}

async function readOutputs({ signature }: SignatureBinding, results: TfjsTensors): Promise<NamedTensors> {
  const outputs = new Map<string, AnyTensor>();
  for (const [name, { dtype }] of signature.outputs) {
    const result = results[name];
    if (result === undefined) {
      throw dataLoss(`tfjs-node did not answer output "${name}"`);
    }
    outputs.set(name, await tensorFromTfjs(result, dtype, name));
    result.dispose();
  }
  return outputs;
}

function reasonOf(error: unknown): string {
  return cleanMessage(StatusError.from(error).message.replace(/^Session fail to run with error: /, ''));
}
