import type { AnyTensor } from '@tensorfleet/core';
import type { GraphDef, GraphShape, OpDef } from './graph-def.ts';

/** tensorflow.TensorInfo. */
export interface TensorInfo {
  /** `node:0` in the graph. */
  readonly tensor: string;
  /** tensorflow.DataType number. */
  readonly type: number;
  readonly shape: GraphShape;
}

export interface SignatureDef {
  readonly inputs: ReadonlyMap<string, TensorInfo>;
  readonly outputs: ReadonlyMap<string, TensorInfo>;
  /** `tensorflow/serving/predict` and the like; may be empty. */
  readonly methodName: string;
  /** Inputs that a request may leave out. Decoded when asked for. */
  readonly defaults: ReadonlyMap<string, () => AnyTensor>;
}

/** A file under `assets/` and the string tensor that holds its path when the graph runs. */
export interface AssetFile {
  /** `node:0` in the graph. */
  readonly tensor: string;
  readonly fileName: string;
}

export interface SaverDef {
  readonly restoreOp: string;
  readonly filenameTensor: string;
}

/** One graph of a SavedModel with everything that belongs to it. */
export interface MetaGraph {
  readonly tags: readonly string[];
  readonly tensorflowVersion: string;
  readonly graph: GraphDef;
  readonly signatures: ReadonlyMap<string, SignatureDef>;
  readonly assets: readonly AssetFile[];
  readonly saver: SaverDef | undefined;
  /** The node that runs once after the variables are restored (tables are filled there); undefined when there is none. */
  readonly initOp: string | undefined;
  /** Ops of the graph; ops that only loops and branches use may be missing. */
  readonly opDefs: ReadonlyMap<string, OpDef>;
}

export interface SavedModel {
  /** Absolute path. */
  readonly directory: string;
  readonly metaGraphs: readonly MetaGraph[];
  /** SHA-256 in hex that changes when the graph, a weight, an asset or fingerprint.pb does. */
  readonly fingerprint: string;
}
