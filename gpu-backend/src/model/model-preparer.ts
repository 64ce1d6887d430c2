import { join } from 'node:path';
import { Code, StatusError, unimplemented } from '@tensorfleet/core';
import type { ConvertOptions } from '../engine/conversion/convert-saved-model.ts';
import type { ModelArtifact } from '../engine/engine.ts';
import type { TensorFlowDescription } from '../engine/tensorflow/tensorflow-engine.ts';
import type { ModelVersion } from '../repository/model-repository.ts';
import type { ConversionCache } from './conversion-cache.ts';
import { conversionKey } from './conversion-key.ts';
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
  /** Writes the converted model; rejects as `convertSavedModel` throws. */
  readonly convert: (options: ConvertOptions, signal: AbortSignal) => Promise<void>;
  /** What would run a SavedModel natively; looks for it. */
  readonly tensorflow: () => TensorFlowDescription;
}

/** Finds out which engine runs a version, and converts it where that is needed. */
export type PrepareModel = (version: ModelVersion, signal: AbortSignal) => Promise<PreparedModel>;

/** What an engine says to a model that it cannot run; anything else is trouble that may pass. */
const REFUSALS: ReadonlySet<Code> = new Set([Code.InvalidArgument, Code.Unimplemented]);

export function createModelPreparer(options: ModelPreparerOptions): PrepareModel {
  return async (version, signal) => {
    const { name, format } = await findModelFile(version, options.prefersTflite);
    if (format !== 'saved_model') {
      return loadsFrom({ format, path: join(version.directory, name) }, `the version holds ${name}`);
    }
    const own = version.manifest?.engine;
    const setting = own ?? options.engine;
    if (setting === 'tensorflow') {
      return tensorflow(version, options, `engine is set to tensorflow${own === undefined ? '' : ' in its manifest'}`);
    }
    try {
      return await converted(version, setting, options, signal);
    } catch (reason) {
      const error = StatusError.from(reason);
      if (setting === 'onnx' || error.code !== Code.Unimplemented) {
        throw error;
      }
      return tensorflow(version, options, sayRefused(error), error);
    }
  };
}

async function converted(
  version: ModelVersion,
  setting: EngineSetting,
  options: ModelPreparerOptions,
  signal: AbortSignal,
): Promise<PreparedModel> {
  const { cache, converter, convert, tags } = options;
  const { directory } = version;
  const key = await conversionKey(directory, { converter, tags });
  const lease = await cache.open(key, (output) => convert({ directory, tags, output }, signal));
  return {
    artifact: { format: 'program', path: lease.directory },
    choice: {
      engine: ENGINE_OF_FORMAT.program,
      reason: lease.reused ? 'converted earlier, kept in the cache' : 'converted',
    },
    async instead(reason) {
      await lease[Symbol.asyncDispose]();
      if (setting === 'onnx' || !REFUSALS.has(reason.code)) {
        throw reason;
      }
      return tensorflow(version, options, sayRefused(reason), reason);
    },
    [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
  };
}

function sayRefused({ message }: StatusError): string {
  return `it cannot be converted: ${message}`;
}

/** Throws `refusal` and what would help when nothing runs the model natively. */
function tensorflow(
  { directory }: ModelVersion,
  options: ModelPreparerOptions,
  why: string,
  refusal = unimplemented(why),
): PreparedModel {
  const { engine, reason } = options.tensorflow();
  if (engine === undefined) {
    const { code, message, details } = refusal;
    throw new StatusError(code, `${message}; ${reason}`, { details, cause: refusal });
  }
  return loadsFrom({ format: 'saved_model', path: directory, tags: options.tags }, `${why}; ${reason}`);
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
