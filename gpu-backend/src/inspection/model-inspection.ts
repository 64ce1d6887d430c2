import type { Refusal } from '../engine/conversion/refusals.ts';
import type { ModelFormat } from '../engine/engine.ts';
import type { EngineChoice } from '../model/engine-choice.ts';

/** Everything that is known of a model without a request; plain data, as `tensorfleet inspect --json` prints it. */
export interface ModelInspection {
  /** Absolute path of the directory or file that was looked at. */
  readonly path: string;
  readonly format: ModelFormat;
  /** By order in the file. */
  readonly signatures: readonly InspectedSignature[];
  /** Most frequent first. Nodes of each function that is called are counted once. */
  readonly ops: readonly OpCount[];
  readonly size: ModelSize;
  readonly verdict: EngineVerdict;
  /** What else the file says of itself, by title: versions, producers, tags. */
  readonly facts: readonly Fact[];
}

export interface Fact {
  readonly title: string;
  readonly value: string;
}

export interface InspectedSignature {
  readonly name: string;
  readonly methodName: string;
  readonly inputs: readonly InspectedTensor[];
  readonly outputs: readonly InspectedTensor[];
  /** What a request passes, in order; empty unless the model was converted. */
  readonly stages: readonly InspectedStage[];
}

export interface InspectedTensor {
  readonly name: string;
  /** TensorFlow's name: `DT_FLOAT`. */
  readonly dtype: string;
  /** Free dimensions are null; a null shape has a free rank. */
  readonly shape: readonly (number | null)[] | null;
  /** The tensor of the graph; null where the format has none. */
  readonly tensor: string | null;
  /** What a request may leave out, as text; null where it may not. */
  readonly default: string | null;
  /** Whether strings are files or serialized messages, which JSON carries as base64. */
  readonly holdsBytes: boolean;
}

export type PlainStage =
  | { readonly kind: 'host'; readonly steps: readonly { readonly op: string; readonly node: string }[] }
  | { readonly kind: 'onnx'; readonly file: string; readonly checks: number };

/** A map runs its stages for each element. */
export type InspectedStage =
  | PlainStage
  | { readonly kind: 'map'; readonly node: string; readonly stages: readonly InspectedStage[] };

export interface OpCount {
  readonly op: string;
  readonly count: number;
}

export interface ModelSize {
  readonly files: number;
  readonly bytes: number;
  readonly weights: number;
  /** Numbers in all weights together. */
  readonly parameters: number;
  readonly weightBytes: number;
}

/** What a server with the default settings does with the model. */
export interface EngineVerdict {
  /** null: it cannot be served here. */
  readonly engine: EngineChoice['engine'] | null;
  /** One sentence. */
  readonly reason: string;
  /** Nodes that cannot be converted, all of them. */
  readonly refusals: readonly Refusal[];
  /** What installation of TensorFlow there is, or how to get one; null where none would be asked. */
  readonly tensorflow: string | null;
}
