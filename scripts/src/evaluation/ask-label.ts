import { failedPrecondition, type ModelSpec, type Version } from '@tensorfleet/core';
import type { Image } from '@tensorfleet/preprocess';
import type { FleetTarget, TargetCallOptions } from '../fleet/fleet-target.ts';

/** What a model takes a picture for. */
export interface LabelAnswer {
  /** Undefined when it has no labels at all. */
  readonly label: string | undefined;
  /** NaN without a label, or where the model gave none. */
  readonly score: number;
  /** The version that answered; undefined when the server does not say. */
  readonly version: Version | undefined;
}

/** The best label for a picture. Rejects with FAILED_PRECONDITION for a model that answers without labels. */
export async function askLabel(
  target: FleetTarget,
  spec: ModelSpec,
  image: Image,
  options: TargetCallOptions,
): Promise<LabelAnswer> {
  const answer = await target.predictImage(spec, image, options);
  if (answer.kind !== 'labels') {
    throw failedPrecondition(`model "${spec.name}" answers without labels: its manifest declares no postprocess`);
  }
  const [best] = answer.predictions;
  return { label: best?.label, score: best?.score ?? Number.NaN, version: answer.version };
}
