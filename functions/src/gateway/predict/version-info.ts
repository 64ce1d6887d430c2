import type { ModelMetadata } from '@tensorfleet/client';
import {
  dataLoss,
  failedPrecondition,
  invalidArgument,
  type Signature,
  StatusError,
  type Version,
} from '@tensorfleet/core';
import {
  type FeatureMapping,
  type Postprocess,
  type Preprocess,
  parseFeatures,
  parsePostprocess,
  parsePreprocess,
} from '@tensorfleet/preprocess';
import * as z from 'zod/mini';

/** What a version's manifest says about what comes before and after the model. */
export interface VersionPipeline {
  readonly preprocess?: Preprocess;
  readonly features?: FeatureMapping;
  readonly postprocess?: Postprocess;
}

/** What the gateway knows of a version; it never changes. */
export interface VersionInfo {
  readonly name: string;
  readonly version: Version;
  readonly signatures: ReadonlyMap<string, Signature>;
  /** An error when the manifest holds what this gateway cannot read; requests that need no pipeline still work. */
  readonly pipeline: VersionPipeline | StatusError;
}

/** Throws DATA_LOSS for an answer without a version. */
export function versionInfoFrom(name: string, { modelSpec, signatures, pipeline }: ModelMetadata): VersionInfo {
  const { version } = modelSpec;
  if (version === undefined) {
    throw dataLoss(`the metadata of model "${name}" has no version`);
  }
  return { name, version, signatures, pipeline: readPipeline(name, version, pipeline) };
}

/** The pipeline. Throws FAILED_PRECONDITION when it cannot be read. */
export function pipelineOf({ pipeline }: VersionInfo): VersionPipeline {
  if (StatusError.is(pipeline)) {
    throw pipeline;
  }
  return pipeline;
}

/** The signature of this name. Throws INVALID_ARGUMENT in TensorFlow Serving's words. */
export function signatureOf({ signatures }: VersionInfo, name: string): Signature {
  const signature = signatures.get(name);
  if (signature === undefined) {
    throw invalidArgument(`Serving signature name: "${name}" not found in signature def`);
  }
  return signature;
}

const pipelineSchema = z.object({
  preprocess: z.optional(z.unknown()),
  features: z.optional(z.unknown()),
  postprocess: z.optional(z.unknown()),
});

function readPipeline(name: string, version: Version, text: string | undefined): VersionPipeline | StatusError {
  if (text === undefined) {
    return {};
  }
  try {
    const { preprocess, features, postprocess } = pipelineSchema.parse(JSON.parse(text));
    return {
      ...(preprocess !== undefined && { preprocess: parsePreprocess(preprocess) }),
      ...(features !== undefined && { features: parseFeatures(features) }),
      ...(postprocess !== undefined && { postprocess: parsePostprocess(postprocess) }),
    };
  } catch (reason) {
    const { message } = StatusError.from(reason);
    const problem = `model "${name}" version ${version} has a pipeline that cannot be read: ${message}`;
    return failedPrecondition(problem, { model: name, version: String(version) }, reason);
  }
}
