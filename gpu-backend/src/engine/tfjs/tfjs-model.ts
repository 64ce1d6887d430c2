import type { Signature } from '@tensorfleet/core';
import type { io, Tensor } from '@tensorflow/tfjs-core';
import type { ModelJson } from './model-json.ts';
import type { StoredWeight } from './weight-files.ts';

/** A model in TensorFlow.js, of either kind. Everything here happens inside the runtime's `exclusive`. */
export interface TfjsModel {
  readonly signature: Signature;
  /** Whether the values of inputs may decide how long a run takes. */
  readonly mayLoop: boolean;
  /** Whether the first run fills tables that later runs read: they must not be disposed with that run's tensors. */
  readonly fillsTables: boolean;
  /** Outputs by name. `inputs` are the signature's and stay the caller's; what the run makes is disposed by the caller. */
  execute(inputs: ReadonlyMap<string, Tensor>): Promise<ReadonlyMap<string, Tensor>>;
  dispose(): void;
}

/** Hands TensorFlow.js what was read; it decodes the weights itself. */
export function handlerOf(model: ModelJson, weights: readonly StoredWeight[]): io.IOHandler {
  // The weights of a group share one buffer that holds nothing else.
  const buffers = new Set(weights.map(({ bytes }) => bytes.buffer));
  const artifacts: io.ModelArtifacts = {
    modelTopology: model.topology,
    weightSpecs: weights.map(({ spec }) => spec),
    // Given even when empty: only then is a layer without weights an error, not a random layer.
    weightData: [...buffers].filter(({ byteLength }) => byteLength > 0),
    ...(model.signature !== undefined && { signature: model.signature }),
    ...(model.initializer !== undefined && { modelInitializer: model.initializer.topology }),
    ...(model.initializer?.signature !== undefined && { initializerSignature: model.initializer.signature }),
  };
  return { load: async () => artifacts };
}
