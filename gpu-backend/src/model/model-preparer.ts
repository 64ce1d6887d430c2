import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, diskError, StatusError, unimplemented } from '@tensorfleet/core';
import type { ConversionSource, ConvertOptions } from '../engine/conversion/convert-source.ts';
import { hasState } from '../engine/conversion/variables-file.ts';
import type { ModelArtifact } from '../engine/engine.ts';
import type { TensorFlowDescription } from '../engine/tensorflow/tensorflow-engine.ts';
import type { ModelVersion } from '../repository/model-repository.ts';
import type { ConversionCache } from './conversion/conversion-cache.ts';
import { conversionKey } from './conversion/conversion-key.ts';
import { ENGINE_OF_FORMAT, type EngineChoice, type EngineSetting } from './engine-choice.ts';
import { findModelFile } from './model-artifact.ts';

/** What an engine can load of a version. Disposed when the version is unloaded. */
export interface PreparedModel extends AsyncDisposable {
  readonly artifact: ModelArtifact;
  readonly choice: EngineChoice;
  /**
   * What to load instead when this does not load for `reason`, which is thrown when there is nothing else.
   * Takes the place of this, which is disposed.
   */
  instead(reason: StatusError): Promise<PreparedModel>;
}

export interface ModelPreparerOptions {
  /** What versions without a setting of their own get. */
  readonly engine: EngineSetting;
  readonly prefersTflite: boolean;
  /** The meta graph of SavedModels. */
  readonly tags: readonly string[];
  readonly converter: string;
  readonly cache: Pick<ConversionCache, 'open'>;
  /** Writes the converted model; rejects as `convertSource` does. */
  readonly convert: (options: ConvertOptions, signal: AbortSignal) => Promise<void>;
  /** What would run a SavedModel natively; looks for it. */
  readonly tensorflow: () => TensorFlowDescription;
}

/** Finds out which engine runs a version, and converts it where that is needed. */
export type PrepareModel = (version: ModelVersion, signal: AbortSignal) => Promise<PreparedModel>;

/** What an engine says to a model that it cannot run; anything else is trouble that may pass. */
const REFUSALS: ReadonlySet<Code> = new Set([Code.InvalidArgument, Code.Unimplemented]);

/** A model that may be converted, and the engine for it where it cannot be. */
interface Convertible {
  readonly source: ConversionSource;
  /** What the conversion answers to a model that is for the other engine. */
  readonly refusals: ReadonlySet<Code>;
  /** Throws `refusal` and what would help when there is no such engine. */
  readonly otherwise: (why: string, refusal?: StatusError) => PreparedModel;
}

export function createModelPreparer(options: ModelPreparerOptions): PrepareModel {
  return async (version, signal) => {
    const { name, format } = await findModelFile(version, options.prefersTflite);
    const artifact = { format, path: join(version.directory, name) };
    if (format === 'saved_model') {
      return await convertible(savedModel(version, options), version, options, signal);
    }
    if (format === 'tfjs' && (await holdsGraph(artifact.path))) {
      return await convertible(tfjsGraph(version, artifact), version, options, signal);
    }
    return loadsFrom(artifact, `the version holds ${name}`);
  };
}

async function convertible(
  model: Convertible,
  { manifest }: ModelVersion,
  options: ModelPreparerOptions,
  signal: AbortSignal,
): Promise<PreparedModel> {
  const setting = manifest?.engine ?? options.engine;
  if (setting === 'tensorflow') {
    return model.otherwise(`engine is set to tensorflow${manifest?.engine === undefined ? '' : ' in its manifest'}`);
  }
  try {
    return await converted(model, setting, options, signal);
  } catch (reason) {
    const error = StatusError.from(reason);
    if (setting === 'onnx' || !model.refusals.has(error.code)) {
      throw error;
    }
    return model.otherwise(sayRefused(error), error);
  }
}

async function converted(
  { source, otherwise }: Convertible,
  setting: EngineSetting,
  { cache, converter, convert }: ModelPreparerOptions,
  signal: AbortSignal,
): Promise<PreparedModel> {
  const key = await conversionKey(source, converter);
  const lease = await cache.open(key, (output) => convert({ source, output }, signal));
  return {
    artifact: { format: 'program', path: lease.directory, hasState: hasState(lease.directory) },
    choice: {
      engine: ENGINE_OF_FORMAT.program,
      reason: lease.reused ? 'converted earlier, kept in the cache' : 'converted',
    },
    async instead(reason) {
      await lease[Symbol.asyncDispose]();
      if (setting === 'onnx' || !REFUSALS.has(reason.code)) {
        throw reason;
      }
      return otherwise(sayRefused(reason), reason);
    },
    [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
  };
}

function sayRefused({ message }: StatusError): string {
  return `it cannot be converted: ${message}`;
}

function savedModel({ directory }: ModelVersion, { tags, tensorflow }: ModelPreparerOptions): Convertible {
  return {
    source: { format: 'saved_model', directory, tags },
    refusals: new Set([Code.Unimplemented]),
    otherwise(why, refusal = unimplemented(why)) {
      const { engine, reason } = tensorflow();
      if (engine === undefined) {
        const { code, message, details } = refusal;
        throw new StatusError(code, `${message}; ${reason}`, { details, cause: refusal });
      }
      // Nobody knows whether requests change it.
      return loadsFrom({ format: 'saved_model', path: directory, tags, hasState: true }, `${why}; ${reason}`);
    },
  };
}

/** TensorFlow.js reads graphs less strictly, so it is asked about those that seem broken, too. */
function tfjsGraph({ directory }: ModelVersion, artifact: ModelArtifact): Convertible {
  return {
    source: { format: 'tfjs', directory },
    refusals: new Set([...REFUSALS, Code.DataLoss]),
    otherwise: (why) => loadsFrom(artifact, `${why}; TensorFlow.js runs it`),
  };
}

/** Whether a `model.json` may be a graph model: layers models are never converted. A guess, since parsing takes long. */
async function holdsGraph(path: string): Promise<boolean> {
  const text = await readFile(path).catch((reason: unknown) => {
    throw diskError(reason, path);
  });
  return text.includes('"node"') && !text.includes('"layers-model"');
}

/** Nothing else can be done with it, and nothing has to be released. */
function loadsFrom(artifact: ModelArtifact, reason: string): PreparedModel {
  return {
    artifact,
    choice: { engine: ENGINE_OF_FORMAT[artifact.format], reason },
    instead: (error) => Promise.reject(error),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
