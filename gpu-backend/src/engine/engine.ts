import type { NamedTensors, Signature } from '@tensorfleet/core';

/** What an engine loads: one of the formats that models are published in, or what a SavedModel was converted to. */
export type ModelFormat = 'onnx' | 'program' | 'saved_model' | 'tflite' | 'tfjs';

/** What to load; plain data, so that it can be sent to a worker. */
export interface ModelArtifact {
  readonly format: ModelFormat;
  /** Absolute path of the model file, the files it refers to lie beside it; of the directory for `program` and `saved_model`. */
  readonly path: string;
  /** The meta graph of a `saved_model`. */
  readonly tags?: readonly string[];
  /** Requests may change it, so that all of them must meet the same session. Default: false. */
  readonly hasState?: boolean;
}

/** Where a session runs. CPU sessions use `threads` intra-op threads. */
export interface Device {
  readonly kind: 'cpu' | 'cuda';
  readonly index: number;
  readonly threads: number;
}

/** Executes one model format. */
export interface Engine {
  readonly name: string;
  /** Rejects with a StatusError that names the file and what is wrong with it. */
  load(artifact: ModelArtifact, device: Device): Promise<Session>;
}

/** A loaded model on one device in one thread. */
export interface Session extends AsyncDisposable {
  readonly signatures: ReadonlyMap<string, Signature>;
  /** Signatures that do exactly what an earlier one of `signatures` does, and its name. */
  readonly twins?: ReadonlyMap<string, string>;
  /** Signatures whose answers depend on the requests before: they run when a request asks for it, and never together. */
  readonly stateful?: ReadonlySet<string>;
  /**
   * Runs one signature; one call at a time. Inputs are validated by the caller.
   * May block its thread for the whole run. Outputs do not alias the inputs.
   * Rejects with INVALID_ARGUMENT when the engine refuses the inputs, INTERNAL otherwise.
   */
  run(signature: string, inputs: NamedTensors): Promise<NamedTensors>;
}
