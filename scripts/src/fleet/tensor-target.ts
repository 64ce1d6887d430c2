import { invalidArgument, type ModelSpec } from '@tensorfleet/core';
import {
  type Classification,
  classify,
  type Image,
  type ImagePipeline,
  imageToTensor,
  parsePostprocess,
  parsePreprocess,
} from '@tensorfleet/preprocess';
import type { Payload } from '../data/payload.ts';
import type { Answer } from './answer.ts';
import type { FleetTarget, TargetCallOptions, VersionEntry } from './fleet-target.ts';
import { outputsFromJson } from './outputs-from-json.ts';

/** How pictures become tensors, and scores labels. */
export interface TensorPipeline {
  readonly image: ImagePipeline;
  readonly classification: Classification;
}

/** The pipeline in a manifest.json. Throws INVALID_ARGUMENT when it is no JSON, or has not both parts. */
export function pipelineFromManifest(text: string): TensorPipeline {
  let manifest: { readonly preprocess?: unknown; readonly postprocess?: unknown } | null;
  try {
    manifest = JSON.parse(text);
  } catch (reason) {
    throw invalidArgument('the manifest is not JSON', {}, reason);
  }
  const { image } = parsePreprocess(manifest?.preprocess);
  const { classification } = parsePostprocess(manifest?.postprocess);
  return { image, classification };
}

/** A fleet that gets tensors and answers with scores, however little it knows of pictures: any TensorFlow Serving. */
export function createTensorTarget(target: FleetTarget, pipeline: TensorPipeline): FleetTarget {
  return new TensorTarget(target, pipeline);
}

class TensorTarget implements FleetTarget {
  readonly #target: FleetTarget;
  readonly #pipeline: TensorPipeline;

  constructor(target: FleetTarget, pipeline: TensorPipeline) {
    this.#target = target;
    this.#pipeline = pipeline;
  }

  predict(spec: ModelSpec, payload: Payload, options: TargetCallOptions): Promise<Answer> {
    return this.#target.predict(spec, payload, options);
  }

  async predictImage(spec: ModelSpec, image: Image, options: TargetCallOptions): Promise<Answer> {
    const { image: pipeline, classification } = this.#pipeline;
    const input = imageToTensor(image, pipeline);
    const payload: Payload =
      pipeline.input === undefined
        ? { kind: 'array', tensor: input }
        : { kind: 'arrays', tensors: new Map([[pipeline.input, input]]) };
    const answer = await this.#target.predict(spec, payload, options);
    const outputs = outputsFromJson(answer.json, classification.output ?? '');
    const { version, json } = answer;
    return { kind: 'labels', version, json, predictions: classify(outputs, classification) };
  }

  versions(model: string | undefined, options: TargetCallOptions): Promise<readonly VersionEntry[]> {
    return this.#target.versions(model, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#target[Symbol.asyncDispose]();
  }
}
