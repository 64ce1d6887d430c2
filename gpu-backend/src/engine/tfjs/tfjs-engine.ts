import { dirname } from 'node:path';
import { invalidArgument, StatusError } from '@tensorfleet/core';
import type { Engine, ModelArtifact } from '../engine.ts';
import { loadGraphModel } from './graph-model.ts';
import { loadLayersModel } from './layers-model.ts';
import { readModelJson } from './model-json.ts';
import { keepingTensors, tfjsRuntime } from './tfjs-runtime.ts';
import { TfjsSession } from './tfjs-session.ts';
import { readWeights, type StoredWeight } from './weight-files.ts';

const SMALL_TENSOR_BYTES = 64 * 1024;

/**
 * Runs TensorFlow.js models on one thread of the CPU, whatever the device: its WebAssembly has no threads in Node.
 * All its models of one thread of the process take turns. Blocks the calling thread.
 */
export const tfjsEngine: Engine & { load(artifact: ModelArtifact): Promise<TfjsSession> } = {
  name: 'tensorflow.js',
  async load({ path }) {
    const model = await readModelJson(path);
    try {
      const weights = await readWeights(dirname(path), model.weightGroups);
      const runtime = await tfjsRuntime();
      const loadModel = model.kind === 'graph' ? loadGraphModel : loadLayersModel;
      const loaded = await runtime.exclusive('wasm', () =>
        keepingTensors(runtime, largestTensor(weights), () => loadModel(runtime, model, weights)),
      );
      return await TfjsSession.create(runtime, loaded);
    } catch (error) {
      throw loadFailure(error, model.fileName, path);
    }
  },
};

/** Loading makes no tensor but the weights, whatever the topology says; quantised ones have four bytes then. */
function largestTensor(weights: readonly StoredWeight[]): number {
  return weights.reduce((most, { bytes }) => Math.max(most, bytes.length * 4), SMALL_TENSOR_BYTES);
}

function loadFailure(error: unknown, fileName: string, path: string): StatusError {
  const reason = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
  const message = `model file ${fileName} cannot be loaded: ${reason}`;
  return StatusError.is(error)
    ? new StatusError(error.code, message, { details: { ...error.details, path }, cause: error })
    : invalidArgument(message, { path }, error);
}
