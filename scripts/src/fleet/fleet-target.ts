import type { ModelSpec } from '@tensorfleet/core';
import type { Image } from '@tensorfleet/preprocess';
import type { Payload } from '../data/payload.ts';
import type { Answer } from './answer.ts';

export interface TargetCallOptions {
  /** For one request. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Whom the request is for: one version answers all requests with the same key. */
  readonly routingKey?: string | undefined;
}

/** One version of a model, as the fleet lists it; a model without versions has one entry without a version. */
export interface VersionEntry {
  readonly model: string;
  readonly version: string;
  /** TensorFlow Serving's word: START, LOADING, AVAILABLE, UNLOADING or END; another server's own. */
  readonly state: string;
  /** Why it is not served; empty when nothing is wrong. */
  readonly error: string;
  /** What labels make of it, for people: `stable`, `canary 5%`, `stable pending`. */
  readonly labels?: readonly string[];
}

/** A fleet, whatever it is asked with. Methods reject with the fleet's StatusError, UNAVAILABLE when none answers. */
export interface FleetTarget extends AsyncDisposable {
  /** Pictures are answered with labels where the version's manifest has them. */
  predict(spec: ModelSpec, payload: Payload, options: TargetCallOptions): Promise<Answer>;
  /** The same for pixels: as tensors over gRPC, as a PNG to a gateway. */
  predictImage(spec: ModelSpec, image: Image, options: TargetCallOptions): Promise<Answer>;
  /** The versions of one model, or of all. */
  versions(model: string | undefined, options: TargetCallOptions): Promise<readonly VersionEntry[]>;
}
