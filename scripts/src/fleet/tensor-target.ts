import { type PlainJson, predictionsFromJson } from '@tensorfleet/codecs';
import { type AnyTensor, invalidArgument, type ModelSpec, type NamedTensors, tensor } from '@tensorfleet/core';
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
import { isList } from './output-summary.ts';

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

/** A single output comes without its name. Outputs that are no numbers are left out. */
function outputsFromJson(json: string, onlyName: string): NamedTensors {
  const value = predictionsFromJson(new TextEncoder().encode(json));
  const named = value instanceof Map ? [...value] : [[onlyName, value] as const];
  const tensors = named.map(([name, column]) => [name, tensorFromJson(column)] as const);
  return new Map(tensors.filter((entry): entry is readonly [string, AnyTensor] => entry[1] !== undefined));
}

function tensorFromJson(value: PlainJson): AnyTensor | undefined {
  const shape: number[] = [];
  let leaves: readonly PlainJson[] = [value];
  for (let inner = value; isList(inner); inner = inner[0] ?? null) {
    shape.push(inner.length);
    leaves = leaves.flatMap((leaf) => (isList(leaf) ? leaf : [leaf]));
  }
  const numbers = leaves.filter((leaf) => typeof leaf === 'number');
  return numbers.length === leaves.length ? tensor('FP64', shape, Float64Array.from(numbers)) : undefined;
}
